"""The README's code runs, and says what happens."""

import re
from pathlib import Path

import pytest

from context_core import graph_bytes

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


PACKAGES = sorted(path.parent.name for path in (ROOT / "packages").glob("*/README.md"))


@pytest.mark.parametrize("package", PACKAGES)
def test_the_readme_of_a_package_runs(package, tmp_path, monkeypatch):
    """The code that a package shows runs in an empty folder, one block after the other."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "packages" / package / "README.md").read_text(), re.DOTALL)
    assert blocks
    names = {}
    for block in blocks:
        exec(block, names)


@pytest.fixture
def loop_block():
    return next(block for block in BLOCKS if "ContextEngine(" in block)


def test_the_live_loop_runs(loop_block, tmp_path, monkeypatch, capsys):
    """The loop works with a scripted model whose tools say far more than the budget holds."""
    monkeypatch.chdir(tmp_path)
    prompts = []

    def model(prompt):
        prompts.append(prompt)
        if len(prompts) > 30:
            return {"role": "assistant", "content": "A test imports a module that is gone."}
        function = {"name": "read_log", "arguments": f'{{"page": {len(prompts)}}}'}
        return {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": f"c{len(prompts)}", "type": "function", "function": function}],
        }

    def run(call):
        return f"{call['function']['arguments']}\n" + "a line of the build's log\n" * 1_500

    before, after = loop_block.split("engine.expand(reference)")
    names = {"model": model, "run": run}
    exec(before, names)
    engine = names["engine"]
    reference = next(node.elided for node in engine.graph.nodes() if node.elided)
    names["reference"] = reference
    exec("opened = engine.expand(reference)" + after.replace("engine.why", "chain = engine.why"), names)
    assert "a line of the build's log\n" * 1_500 in names["opened"]
    assert names["chain"].causes[0].node.content == "Find out why the build fails."
    assert all(engine.graph.counter.count(str(prompt)) < 110_000 for prompt in prompts)
    assert engine.status.used_tokens <= 100_000
    engine.store.close()


def test_the_graph_by_hand_runs(capsys):
    """What the README says is saved is what is saved, and all of it comes back."""
    [block] = [block for block in BLOCKS if "ContextGraph(" in block]
    names = {}
    exec(block.split("budget = TokenBudget")[0], names)
    before = graph_bytes(names["graph"])
    exec(block, names)
    saved = int(re.search(r"# prints (\d+)", block)[1])
    assert capsys.readouterr().out == f"{saved}\n"
    assert graph_bytes(names["graph"]) == before
    assert names["budget"].status.needs_compression
