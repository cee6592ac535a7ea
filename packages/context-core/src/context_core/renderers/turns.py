"""Turns as a provider that did not write them needs them, on top of `arrange`.

1. A call gets an id of its own where its id was used before, or is none that services take; its result gets the same.
2. A tool's name keeps the characters that services take.
3. Images and files stand in users' messages only, so those of others become a user's, before the calls beside them.

Turns that were read in the very form that is written are left as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from context_core.arrange import Turn, arrange, missing_id
from context_core.hashing import content_id, text_bytes
from context_core.node import Node, NodeType
from context_core.renderers.media import media_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from context_core.window import Window

_ODD = re.compile(r"[^A-Za-z0-9_-]")
_MAX_ID = 40
"""Characters of a call's id that every service takes: Chat Completions takes no more, and Anthropic no other."""
_MAX_NAME = 64
"""Characters of a tool's name that every service takes (OpenAI API reference, ``function.name``)."""
_HASH = 8


def turns_for(window: Window, format: str) -> list[Turn]:
    """Return a window's turns, ready to be written in a form.

    Args:
        window: what stands in the prompt.
        format: the reader's name for the form.

    Example:
        >>> from context_core import build, read, window
        >>> image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
        >>> graph = build(read([{"role": "assistant", "content": [{"type": "text", "text": "see"}, image]}]))
        >>> [turn.role for turn in turns_for(window(graph), "anthropic-messages")]
        ['assistant', 'user']
    """
    turns = [part for turn in arrange(window) for part in _media_apart(turn, format)]
    renamed = _renamed(turns, format)
    if not renamed:
        return turns
    calls = {**window.calls, **{missing_id(call): call for call in window.unanswered}}
    return [replace(turn, nodes=tuple(_named(node, renamed, calls) for node in turn.nodes)) for turn in turns]


def format_of(turn: Turn) -> str | None:
    """Return the name of the reader that read a turn's first message, None where none did."""
    return turn.nodes[0].metadata.get("format")


def _renamed(turns: Iterable[Turn], format: str) -> dict[str, tuple[str, str]]:
    """Return by node id the call id and the tool's name of those calls that cannot keep theirs."""
    used: Counter[str] = Counter()
    renamed: dict[str, tuple[str, str]] = {}
    for turn in turns:
        native = format_of(turn) == format
        for call in turn.nodes:
            if call.type is not NodeType.TOOL_CALL:
                continue
            call_id, name = call.call_id or "", call.tool_name or ""
            if not native:
                call_id = _unused(_accepted(call_id or f"call_{call.id}"), used)
                name = _ODD.sub("_", name or "unknown")[:_MAX_NAME]
                if (call_id, name) != (call.call_id, call.tool_name):
                    renamed[call.id] = (call_id, name)
            used[call_id] += 1
    return renamed


def _unused(call_id: str, used: Counter[str]) -> str:
    """Return an id that no call has; where one has it, with the number of those that had it."""
    if not used[call_id]:
        return call_id
    while used[numbered := f"{call_id[: _MAX_ID - _HASH]}_{used[call_id]}"]:
        used[call_id] += 1
    return numbered


def _accepted(call_id: str) -> str:
    """Return an id of characters and of a length that every service takes; a hash keeps a cut one unlike others."""
    clean = _ODD.sub("_", call_id)
    if len(clean) <= _MAX_ID:
        return clean
    return f"{clean[: _MAX_ID - _HASH - 1]}_{content_id(text_bytes(call_id))[:_HASH]}"


def _named(node: Node, renamed: Mapping[str, tuple[str, str]], calls: Mapping[str, str]) -> Node:
    """Return a call, or a result of it, under the id and name that the call was given."""
    call = calls.get(node.id, node.id)
    if call not in renamed or node.type is NodeType.MESSAGE:
        return node
    call_id, name = renamed[call]
    return node.evolve(call_id=call_id, tool_name=name if node.type is NodeType.TOOL_CALL else node.tool_name)


def _media_apart(turn: Turn, format: str) -> Iterator[Turn]:
    speaks = turn.role == "user" or turn.replies or format_of(turn) == format
    if speaks or all(media_in(node) is None for node in turn.nodes):
        yield turn
        return
    calls_last = sorted(turn.nodes, key=lambda node: node.type is NodeType.TOOL_CALL)
    for is_media, run in groupby(calls_last, key=lambda node: media_in(node) is not None):
        nodes = tuple(run)
        shown = tuple(node.evolve(role="user") for node in nodes) if is_media else nodes
        yield Turn(shown[0].role, shown, whole=False)
