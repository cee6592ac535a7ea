"""Messages one behind the other, for formats whose order is their only structure.

1. An id is the format's own, or a hash of the id before it and the bytes it was read from.
2. A call without an id gets one from its place; a result without one belongs to the oldest open call of its tool, or
   else to the oldest open call.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from context_core.hashing import chain_id
from context_core.json_text import canonical
from context_core.node import NodeType
from context_core.transcript import Message, Part

if TYPE_CHECKING:
    from collections.abc import Sequence


class Chain:
    """The conversation so far: what the next message follows, and the calls that wait for results.

    Args:
        format: the reader's name, noted in each message's metadata.
    """

    def __init__(self, format: str) -> None:
        self.format = format
        self.parent: str | None = None
        self.calls = OpenCalls()

    def add(
        self,
        role: str,
        parts: Sequence[Part],
        raw: Any,
        *,
        id: str | None = None,
        time: float | None = None,
        agent: str | None = None,
        **metadata: Any,
    ) -> Message:
        """Return the next message.

        Args:
            role: who speaks.
            parts: what is said; an empty text stands for nothing.
            raw: the JSON value that the message was read from; its hash is part of the id.
            id: the format's own id, where it has one.
            time: seconds since the epoch.
            agent: the agent's name, where a source has several.
            metadata: further metadata; None values are left out.
        """
        message_id = id or chain_id(self.parent, canonical(raw))
        named = self.calls.named(parts or (Part(""),), message_id)
        known = {"agent": agent, **metadata}
        kept = {"format": self.format, **{key: value for key, value in known.items() if value is not None}}
        message = Message(message_id, self.parent, role, named, created_at=time, metadata=kept)
        self.parent = message_id
        return message


class OpenCalls:
    """The calls that no result has answered yet, oldest first."""

    def __init__(self) -> None:
        self._waiting: dict[str, str | None] = {}
        self._last: str | None = None

    def named(self, parts: Sequence[Part], message_id: str) -> tuple[Part, ...]:
        """Return the parts, each call and result with an id."""
        return tuple(self._named(part, f"call_{message_id}_{number}") for number, part in enumerate(parts))

    def _named(self, part: Part, fresh: str) -> Part:
        if part.type is NodeType.TOOL_CALL:
            call_id = part.call_id or fresh
            self._waiting[call_id] = part.tool_name
            return part if part.call_id else replace(part, call_id=call_id)
        if part.type is not NodeType.TOOL_RESULT:
            return part
        if "block" not in part.metadata:
            self._last = part.call_id or self._oldest(part.tool_name)
        call_id = part.call_id or self._last
        self._waiting.pop(call_id or "", None)
        return part if part.call_id else replace(part, call_id=call_id)

    def _oldest(self, name: str | None) -> str | None:
        of_tool = (call_id for call_id, tool in self._waiting.items() if name is not None and tool == name)
        return next(of_tool, None) or next(iter(self._waiting), None)
