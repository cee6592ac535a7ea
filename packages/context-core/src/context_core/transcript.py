"""What a reader gives: messages in the order of the file, each with its parent, each made of parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from context_core.node import NodeType

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message; it becomes one node.

    Attributes:
        content: the text, or the part's JSON text where `kind` is ``image`` or ``other``.
        type: ``MESSAGE``, ``TOOL_CALL`` or ``TOOL_RESULT``.
        kind: ``text``, ``thinking``, ``image`` or ``other``.
        call_id: the provider's id of the call, on calls and results.
        tool_name: the tool, where the part says it.
        metadata: JSON values for the node (``context_core.node`` lists the keys).
    """

    content: str
    type: NodeType = NodeType.MESSAGE
    kind: str = "text"
    call_id: str | None = None
    tool_name: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Message:
    """One message, or one row of a log.

    Attributes:
        id: the format's own id, or a hash of the parent's id and the bytes.
        parent: id of the message it follows, None for the first of a branch.
        role: who speaks.
        parts: at least one.
        group: id of the provider message that this row is a piece of; None means its own id.
        created_at: seconds since the epoch, or None.
        metadata: JSON values for the first part's node, such as ``envelope`` and ``layout``.
        thread: the side chain it belongs to, None on the main one.
        causes: ids of earlier messages that the source itself says caused this one, beside calls and their results.
    """

    id: str
    parent: str | None
    role: str
    parts: tuple[Part, ...]
    group: str | None = None
    created_at: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    thread: str | None = None
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a source that could not be read, or was read otherwise than written.

    Attributes:
        line: 1-based line or element.
        message: what was found, and what was done.
    """

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """What an agent did, as read.

    Attributes:
        format: the reader's name.
        messages: in the order of the source; a parent stands before its children.
        session_id: what the source calls the session, or None.
        model: the last model that the source names, or None.
        problems: what was skipped or mended.
    """

    format: str
    messages: tuple[Message, ...]
    session_id: str | None = None
    model: str | None = None
    problems: tuple[Problem, ...] = ()
