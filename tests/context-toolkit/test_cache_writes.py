"""What a write takes out of a cache, by whatever name it calls what it changed."""

import pytest

from context_core import ContextGraph
from context_toolkit import CachePolicy, ToolCache
from context_toolkit.cache.place import Place
from context_toolkit.testing.fakes import CountingTool
from context_toolkit.testing.world import FILES, spellings

READ = CachePolicy.until_written("path")


EDIT = {"old_string": "x", "new_string": "y"}


PATCH = "*** Begin Patch\n*** Update File: lib/b.py\n*** Move to: src/a.py\n@@\n-x\n+y\n*** End Patch"


DIFF = "--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-x\n+y\n--- a/src/a.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x"


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("Write", {"file_path": "src/a.py", "content": "x"}),
        ("Write", {"file_path": "/repo/src/a.py", "content": "x"}),
        ("Edit", {"file_path": "./lib/../src/a.py", **EDIT}),
        ("Edit", {"file_path": "SRC/A.PY", **EDIT}),
        ("Edit", {"file_path": "src\\a.py", **EDIT}),
        ("Edit", {"file_path": "C:\\repo\\src\\a.py", **EDIT}),
        ("Edit", {"file_path": "~/repo/src/a.py", **EDIT}),
        ("Edit", {"file_path": "$HOME/src/a.py", **EDIT}),
        ("Edit", {"file_path": "file:///repo/src/a.py", **EDIT}),
        ("apply_patch", {"input": PATCH}),
        ("apply_patch", PATCH),
        ("apply_diff", {"diff": DIFF}),
        ("bash", {"command": "cat src/b.py"}),
        ("bash", {"command": "make>log"}),
        ("bash", '{"command": "ls"}'),
        ("shell", {"command": ["bash", "-lc", "cat > src/b.py"]}),
        ("python", {"code": "open('src/a.py', 'w')"}),
        ("rm", {"path": "src"}),
        ("nobody_knows", {}),
        ("nobody_knows", {"note": "hello"}),
    ],
)
def test_calls_that_may_write(tool, arguments):
    """Whatever may have changed a file takes the results that read it, by any name of it, before it runs and after."""
    cache = ToolCache({"read": READ})
    read = {"path": "src/a.py"}
    cache.call("read", read, CountingTool("x"))
    seen = []
    cache.call(tool, arguments, lambda: seen.append(cache.call("read", read, CountingTool("in between"))))
    assert seen == ["in between"]
    assert not cache.get("read", read).is_hit


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("Write", {"file_path": "src/b.py", "content": "# like\n# src/a.py\n"}),
        ("Write", {"file_path": "lib/a.py", "content": "x"}),
        ("Edit", {"file_path": "/repo/src/a.pyi", **EDIT}),
        ("str_replace_editor", {"command": "create", "path": "src/b.py", "file_text": "x"}),
        ("read", {"path": "src/a.py"}),
        ("think", {"about": "src/a.py"}),
        ("rename", {"path": "lib", "to": "library"}),
    ],
)
def test_calls_that_write_elsewhere(tool, arguments):
    """A write that shows what it changes takes no more than that."""
    cache = ToolCache({"read": READ, "think": CachePolicy.inert(), "rename": CachePolicy.writer()})
    cache.call("read", {"path": "src/a.py"}, CountingTool("x"))
    cache.call(tool, arguments, CountingTool(""))
    assert cache.get("read", {"path": "src/a.py"}).is_hit


def test_rows_in_a_result():
    """A row that a result shows was read: changing it takes the result, if the policy says so."""
    policies = {"orders": CachePolicy.until_written("user", in_result=True), "send": CachePolicy.writer("id")}
    cache = ToolCache(policies)
    for id, is_kept in ((70, True), (7, False), ("#W7", True), ("zürich", False)):
        cache.call("orders", {"user": "anna"}, CountingTool([{"id": 7}, {"id": "Z\u00dcRICH"}]))
        cache.call("send", {"id": id}, CountingTool(""))
        assert cache.get("orders", {"user": "anna"}).is_hit is is_kept


def test_a_failed_write_counts():
    """A tool that raised may have written half."""
    cache = ToolCache({"read": READ})
    cache.call("read", {"path": "a.py"}, CountingTool("x"))
    with pytest.raises(OSError, match="disk"):
        cache.call("Write", {"path": "a.py", "content": "y"}, CountingTool(OSError("disk full")))
    assert not cache.get("read", {"path": "a.py"}).is_hit
    read = CountingTool("text")
    for _ in range(2):
        cache.call("read", {"path": "a.py"}, read)
    assert read.runs == 1  # the write has ended all the same


def test_a_write_between_a_miss_and_its_put():
    """What was read before a write is not kept after it, unless the write touched something else."""
    cache = ToolCache({"read": READ})
    for written, is_kept in (("a.py", False), ("b.py", True)):
        answer = cache.get("read", {"path": "a.py"})
        cache.note_write(written)
        assert cache.put(answer, "x") is is_kept
    assert cache.stats.overtaken == 1


def test_a_put_while_a_write_is_open():
    """A read that began and ended within a write may have seen either side of it, and is not kept."""
    cache = ToolCache({"read": READ})
    with cache.writing("Write", {"path": "a.py", "content": "y"}):
        assert not cache.put(cache.get("read", {"path": "a.py"}), "x")
    assert cache.put(cache.get("read", {"path": "a.py"}), "y")


def test_a_put_after_very_many_writes():
    """A call that is older than the writes that are remembered is taken to have missed one."""
    cache = ToolCache({"read": READ})
    answer = cache.get("read", {"path": "a.py"})
    for number in range(600):
        cache.note_write(f"other{number}")
    assert not cache.put(answer, "x")


def test_putting_the_answer_of_a_hit():
    """Only what was a miss can be put."""
    cache = ToolCache({"read": READ})
    cache.call("read", {"path": "a.py"}, CountingTool("x"))
    assert not cache.put(cache.get("read", {"path": "a.py"}), "y")
    assert not cache.put(cache.get("bash", {"command": "ls"}), "y")
    assert cache.get("read", {"path": "a.py"}).value == "x"


def test_calls_of_a_graph():
    """The calls of a graph invalidate as they would through the cache; other nodes are refused."""
    graph, cache = ContextGraph("s"), ToolCache({"read": READ})
    cache.call("read", {"path": "a.py"}, CountingTool("x"))
    cache.note_call(graph.add_tool_call("read", {"path": "a.py"}))
    assert cache.stats.items == 1
    cache.note_call(graph.add_tool_call("bash", {"command": "sed -i s/x/y/ a.py"}))
    assert cache.stats.items == 0
    with pytest.raises(ValueError, match="expected a tool_call"):
        cache.note_call(graph.add_message("user", "hi"))


def test_every_spelling_touches_every_other():
    """Any name of a file, and any of a folder above it, is seen to be touched by any other, either way."""
    for path in FILES:
        above = [path[:end] for end in range(len(path)) if end == 0 or path[end] == "/"]
        for one in spellings(path):
            for other in [*spellings(path), *(name for folder in above for name in spellings(folder))]:
                assert Place(one).touches(Place(other)), (one, other)
                assert Place(other).touches(Place(one)), (other, one)


def test_patterns_stand_for_their_folder():
    """What a pattern found is gone when anything below its folder was written, and stays when something else was."""
    cache = ToolCache({"glob": CachePolicy.until_written("pattern")})
    for pattern, written, is_kept in (("src/**/*.py", "src/a.py", False), ("src/*.py", "lib/a.py", True)):
        cache.call("glob", {"pattern": pattern}, CountingTool("found"))
        cache.call("Write", {"path": written, "content": ""}, CountingTool(""))
        assert cache.get("glob", {"pattern": pattern}).is_hit is is_kept
