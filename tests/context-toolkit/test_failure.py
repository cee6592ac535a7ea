import pytest

from context_core import ContextGraph, build, read
from context_core import NodeType as Type
from context_toolkit import has_failed


def result(value):
    graph = ContextGraph("s")
    return graph.add_tool_result(graph.add_tool_call("run", {}).id, value)


@pytest.mark.parametrize(
    "value",
    [
        "Error: no such file",
        "error: pathspec 'x' did not match",
        "fatal: not a git repository",
        "\nTraceback (most recent call last):\n  File ...",
        "ValueError: got 3",
        "json.decoder.JSONDecodeError: Expecting value",
        "<tool_use_error>Path does not exist</tool_use_error>",
        "bash: foo: command not found",
        "Exit code 1\nsome output",
        "Command: go test\nChunk ID: 12ab\nWall time: 0.1 seconds\nProcess exited with code 2\nOutput:\n",
        "output\n[The command completed with exit code 127.]",
        {"output": "no", "metadata": {"exit_code": 1, "duration_seconds": 0.1}},
        {"isError": True, "content": []},
        {"success": False},
        {"error": "not found"},
        {"status_code": 404},
    ],
)
def test_what_says_that_it_failed(value):
    """Errors at the start, exit codes at either end, and JSON that says so."""
    assert has_failed(result(value))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "ok",
        "Errors are handled in errors.py",
        "error.go:12:func wrap(err error) error {",
        "error-codes/readme.md: all of them",
        'package cli\n\nimport (\n\t"errors"\n)',
        "1\tdef fail():\n2\t    raise ValueError('no')",
        "[The command completed with exit code 0.]",
        "Process exited with code 0\nOutput:\nError: this is what the test prints",
        "line\n" * 50 + "Error: in the middle\n" + "line\n" * 50,
        {"output": "Error: expected", "metadata": {"exit_code": 0}},
        {"error": None, "data": 1},
        {"error": "", "success": True},
        {"status_code": 200},
        ["Error: a list"],
        "{not json",
    ],
)
def test_what_does_not(value):
    """Programs that speak of errors, and what ended well."""
    assert not has_failed(result(value))


def test_what_the_format_records_goes_first():
    """Anthropic's flag is believed, whatever the text says."""

    def of(is_error, text):
        block = {"type": "tool_result", "tool_use_id": "t", "content": text, "is_error": is_error}
        use = {"type": "tool_use", "id": "t", "name": "run", "input": {}}
        rows = [{"role": "assistant", "content": [use]}, {"role": "user", "content": [block]}]
        [node] = build(read([{"role": "user", "content": "go"}, *rows])).nodes(Type.TOOL_RESULT)
        return has_failed(node)

    assert of(True, "all is well")
    assert not of(False, "Error: is what the test prints")
