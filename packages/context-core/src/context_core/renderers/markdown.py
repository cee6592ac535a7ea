"""Markdown: a document that a person reads.

1. A heading for each message: who speaks, and when.
2. Words stand as they are where they keep within their place; where they would add headings, or leave a fence open,
   they are quoted; where they hold mark-up that a viewer would hide, they are fenced.
3. Calls are fenced JSON; results stand in fences longer than any run of backticks inside; thinking is quoted; images
   and files are named.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from context_core.json_text import loads
from context_core.node import Node, NodeType
from context_core.renderers.media import media_in
from context_core.renderers.rendered import told
from context_core.renderers.tool_names import tool_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from context_core.window import Window

_TICKS = re.compile(r"`+")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_CODE = re.compile(r"`[^`]*`")
_TAG = re.compile(r"<[A-Za-z/!?]")
_HEADING = re.compile(r" {0,3}(?:#{1,2}(?:\s|$)|(?:=+|-+)\s*$)")
_WHITE = re.compile(r"\s+")


def render_markdown(window: Window) -> str:
    """Return a window as a Markdown document.

    Example:
        >>> from context_core import ContextGraph, window
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "hi", created_at=0.0)
        >>> print(render_markdown(window(graph)))
        # Session s
        <BLANKLINE>
        ## User · 1970-01-01 00:00:00 UTC
        <BLANKLINE>
        hi
        <BLANKLINE>
    """
    names = tool_names(window)
    return "\n\n".join([f"# Session {_line(window.session_id)}", *_paragraphs(window, names)]) + "\n"


def _paragraphs(window: Window, names: Mapping[str, str]) -> Iterator[str]:
    spoke: tuple[str, str] | None = None
    for node in window:
        if node.type is NodeType.TOOL_RESULT:
            spoke = None
            yield _result(node, names)
            continue
        body = _body(node, names)
        if not body:
            continue
        speaker = _speaker(node)
        if spoke != (speaker, node.message_id):
            yield f"## {speaker}{_time(node)}"
        spoke = (speaker, node.message_id)
        yield body


def _speaker(node: Node) -> str:
    if node.type is NodeType.SUMMARY:
        return "Summary"
    role = "Reminder" if "reminder" in node.metadata else _line(node.role).capitalize()
    agent = node.metadata.get("agent")
    return f"{role} ({_line(agent)})" if isinstance(agent, str) and agent else role


def _time(node: Node) -> str:
    try:
        when = datetime.fromtimestamp(node.created_at, UTC) if node.created_at is not None else None
    except (ValueError, OverflowError, OSError):
        return ""
    return "" if when is None else f" · {when:%Y-%m-%d %H:%M:%S} UTC"


def _body(node: Node, names: Mapping[str, str]) -> str:
    if node.type is NodeType.TOOL_CALL:
        return f"**Call** {_code(names.get(node.id, 'unknown'))}\n\n{_arguments(node.content)}"
    media = media_in(node)
    if media is not None:
        return _code(f"[{media.label}]")
    text = told(node)
    if not text.strip():
        return ""
    if node.kind == "thinking":
        return _quoted(f"**Thinking**\n\n{_prose(node.content)}")
    return _prose(text) if node.kind == "text" else _fenced(text, "json")


def _result(node: Node, names: Mapping[str, str]) -> str:
    media = media_in(node)
    shown = _fenced(told(node)) if media is None else _code(f"[{media.label}]")
    if "block" in node.metadata:
        return shown
    of = f" of {_code(names[node.id])}" if node.id in names else ""
    failed = " (an error)" if node.metadata.get("result_fields", {}).get("is_error") is True else ""
    return f"**Result**{of}{failed}\n\n{shown}"


def _arguments(text: str) -> str:
    try:
        shown = json.dumps(loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        shown = text
    return _fenced(shown, "json")


def _prose(text: str) -> str:
    """Return words as they are, quoted, or fenced: whichever keeps them visible and within their place."""
    fence, spreads = "", False
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) and not line.strip(" \t`~") else fence
        elif mark:
            fence = mark[1]
        elif _TAG.search(_CODE.sub("", line)):
            return _fenced(text)
        else:
            spreads = spreads or _HEADING.match(line) is not None
    return _quoted(text) if fence or spreads else text.strip("\n")


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


def _fenced(text: str, language: str = "") -> str:
    longest = max((len(run) for run in _TICKS.findall(text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


def _code(text: str) -> str:
    """Return a text as a code span, on one line."""
    flat = _line(text)
    longest = max((len(run) for run in _TICKS.findall(flat)), default=0)
    ticks, space = "`" * (longest + 1), " " if longest else ""
    return f"{ticks}{space}{flat}{space}{ticks}"


def _line(text: str) -> str:
    return _WHITE.sub(" ", text).strip()
