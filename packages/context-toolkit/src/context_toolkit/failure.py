"""Failure: whether a tool's result says that it failed, by what the format records, else by how tools say so.

1. What a format records goes first: Anthropic's ``is_error``.
2. A JSON object with an exit code other than 0, a true ``isError``, a false ``success``, or an ``error`` that says
   something.
3. A text whose first lines begin as errors do, or whose first or last lines name an exit code other than 0.

Text in the middle counts for nothing: programs that handle errors speak of them all the time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from context_core.json_text import loads

if TYPE_CHECKING:
    from context_core import Node

_HEAD_LINES = 6
_TAIL_LINES = 2
_LINE_CHARS = 300
_BEGINS = re.compile(
    r"\s*(?:<tool_use_error>|traceback \(most recent call last\)|(?:fatal|error|exception|failure|panic)\b\s*[:!(\[]"
    r"|[A-Za-z_.]*(?:Error|Exception)\b\s*:|error\b(?![./\\-])[^:]{0,60}:"  # not grep's error.go:12:
    r"|(?:bash|sh|zsh): .*(?:not found|no such file)"
    r"|.*\b(?:command not found|permission denied|no such file or directory)\s*$)",
    re.IGNORECASE,
)
_EXIT_CODE = re.compile(
    r"\b(?:exit(?:ed)?(?: with)?(?: (?:code|status))|return ?code|exit_code|exit_status)\b\W{0,3}(-?\d{1,3})\b",
    re.IGNORECASE,
)
_CODE_KEYS = ("exit_code", "exitCode", "returncode", "return_code", "status_code")


def has_failed(result: Node) -> bool:
    """Return whether a tool's result says that the call failed.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> call = graph.add_tool_call("run", {"command": "make"})
        >>> has_failed(graph.add_tool_result(call.id, "Exit code 2\\nmake: *** no targets"))
        True
    """
    recorded = result.metadata.get("result_fields", {}).get("is_error")
    if isinstance(recorded, bool):
        return recorded
    if result.kind != "text":
        return False
    if result.content.startswith("{"):
        try:
            value = loads(result.content)
        except ValueError:
            return _text_failed(result.content)
        return isinstance(value, dict) and _object_failed(value)
    return _text_failed(result.content)


def _object_failed(value: dict[str, Any]) -> bool:
    told = {**value, **value["metadata"]} if isinstance(value.get("metadata"), dict) else value
    for key in _CODE_KEYS:
        code = told.get(key)
        if isinstance(code, int) and not isinstance(code, bool):
            return code >= 400 if key == "status_code" else code != 0
    if told.get("isError") is True or told.get("is_error") is True or told.get("success") is False:
        return True
    return bool(told.get("error"))


def _text_failed(text: str) -> bool:
    head = [line[:_LINE_CHARS] for line in text[: _HEAD_LINES * _LINE_CHARS].split("\n")[:_HEAD_LINES]]
    first = next((line for line in head if line.strip()), "")
    if _BEGINS.match(first):
        return True
    tail = [line[-_LINE_CHARS:] for line in text[-_TAIL_LINES * _LINE_CHARS :].split("\n")[-_TAIL_LINES:]]
    codes = [match[1] for line in (*head, *tail) for match in _EXIT_CODE.finditer(line)]
    return any(int(code) != 0 for code in codes)
