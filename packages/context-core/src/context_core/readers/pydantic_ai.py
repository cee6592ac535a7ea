"""Pydantic-AI message histories: `request` and `response` messages, each made of parts with a `part_kind`.

1. A request's parts are what the system, the user and the tools said since the last response: a message for each run
   of one role.
2. Instructions are given anew with each request; they are read where they begin or change.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from context_core.json_text import dumps, json_object
from context_core.node import NodeType
from context_core.readers.blocks import content_parts, result_parts
from context_core.readers.chain import Chain
from context_core.readers.notes import UNREADABLE, seconds
from context_core.transcript import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message

FORMAT = "pydantic-ai"


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the first row is a message whose parts have kinds."""
    parts = rows[0].get("parts")
    return (
        rows[0].get("kind") in ("request", "response")
        and isinstance(parts, list)
        and all(isinstance(part, dict) and "part_kind" in part for part in parts)
    )


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield a message for each run of parts of one role."""
    chain, instructions = Chain(FORMAT), None
    for number, row in rows:
        if isinstance(row.get("model_name"), str):
            notes.model = row["model_name"]
        try:
            told = row.get("instructions")
            if isinstance(told, str) and told and told != instructions:
                instructions = told
                yield chain.add("system", content_parts(told), {"instructions": told})
            yield from _of_row(row, chain)
        except UNREADABLE as error:
            notes.damaged(number, f"cannot be read as a message: {error}")


def _of_row(row: dict[str, Any], chain: Chain) -> Iterator[Message]:
    usage: Any = row.get("usage")
    figures = usage if isinstance(usage, dict) and row.get("kind") == "response" else None
    time = seconds(row.get("timestamp"))
    default = "assistant" if row.get("kind") == "response" else "user"
    said = [(_role(part, default), part) for part in row["parts"]]
    for role, run in groupby(said, key=lambda one: one[0]):
        raw = [part for _, part in run]
        parts = tuple(made for part in raw for made in _parts(part))
        own_time = next((at for part in raw if (at := seconds(part.get("timestamp"))) is not None), time)
        yield chain.add(role, parts, raw, time=own_time, usage=figures if role == "assistant" else None)
        figures = None if role == "assistant" else figures


def _role(part: dict[str, Any], default: str = "assistant") -> str:
    """Return who says a part; kinds that are not known belong to whoever the message is of."""
    kind = str(part["part_kind"])
    if kind == "system-prompt":
        return "system"
    if kind in ("tool-return", "builtin-tool-return") or (kind == "retry-prompt" and part.get("tool_name")):
        return "tool"
    return "user" if kind in ("user-prompt", "retry-prompt") else default


def _parts(part: dict[str, Any]) -> tuple[Part, ...]:
    kind, content = str(part["part_kind"]), part.get("content")
    own, name = part.get("tool_call_id"), part.get("tool_name")
    call_id = own if isinstance(own, str) and own else None
    tool = name if isinstance(name, str) else None
    if kind in ("tool-call", "builtin-tool-call"):
        call = Part(
            json_object(part.get("args") or ""), NodeType.TOOL_CALL, call_id=call_id, tool_name=tool or "unknown"
        )
        return (call,)
    if _role(part) == "tool":
        return result_parts(call_id, list(map(_block, content)) if isinstance(content, list) else content, tool)
    if kind == "thinking":
        fields = {key: part[key] for key in ("signature",) if isinstance(part.get(key), str)}
        return (Part(str(content or ""), kind="thinking", metadata={"fields": fields} if fields else {}),)
    if kind == "retry-prompt" and not isinstance(content, str):
        return (Part(dumps(content)),)
    if isinstance(content, list) and kind == "user-prompt":
        return content_parts(list(map(_block, content)))
    if kind == "file":
        return content_parts(_block(content))
    return content_parts(content) if isinstance(content, str) else (Part(dumps(part), kind="other"),)


def _block(item: Any) -> Any:
    """Return an item of a user's content with the kind where other formats have the type."""
    if not isinstance(item, dict) or "type" in item:
        return item
    kind = str(item.get("kind", ""))
    return {**item, "type": {"image-url": "image_url", "binary": "binary"}.get(kind, kind or "text")}
