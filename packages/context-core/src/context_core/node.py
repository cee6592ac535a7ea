"""Nodes: one node wraps exactly one part of a provider message.

`metadata` holds JSON values. The keys that the readers and renderers of this package use:

==================  ============================================================================================
``message``         id of the provider message that the part belongs to; parts of one message share it
``kind``            what the part is: ``text``, ``thinking``, ``image``, ``other`` (absent: ``text``)
``fields``          the part's own fields that no renderer interprets, kept for an exact round trip
``envelope``        on a message's first node: the message's fields beside role and content
``layout``          on a message's first node: ``string``, ``list``, ``null``, ``empty`` or ``absent`` content
``format``          on a message's first node: the reader's name, or ``plain`` where all forms write it alike
``arguments``       ``object`` on a call whose arguments were written as an object where a text is usual
``block``           on a result's second and further blocks: the block's number
``result``          on a result's first block: how its content is laid out, where it is not a string
``result_fields``   on a result's first block: the result's own further fields
``reminder``        true on what a harness, not the user, said in a user's message
``recap``           true on a first node whose message another program left of what came before
``attachment``      on a first node: what kind of thing the harness attached
``usage``           on an assistant's first node: the provider's token figures
``usage_before``    on a first node: the token figures of the last request before, where a log tells them late
``item``            on a Responses item's first node: the item's fields beside what its parts hold
``agent``           on a first node: the name of the agent that spoke, where a source has several
``to``              on a first node: whom that agent addressed, where the source says
``thread``          the side chain (sub-agent) that the part belongs to; absent on the main one
``elided``          the reference under which the original of a compressed node is found
``folded``          true on a node that a summary covers: the manifest alone has its content
==================  ============================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class NodeType(StrEnum):
    """What a node stands for."""

    MESSAGE = "message"
    TOOL_CALL = "tool_call"
    TOOL_RESULT = "tool_result"
    ARTIFACT = "artifact"
    ENTITY = "entity"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Node:
    """One part of a message, immutable: to change a node is to put a new one under the same id.

    Attributes:
        id: the same in every process: the format's own id and the part's number, or a hash of parent and bytes.
        type: what it stands for.
        role: ``system``, ``developer``, ``user``, ``assistant``, ``tool``, or what the transcript says.
        content: the text; a call's arguments as JSON text; any other part (an image) as its JSON text.
        tokens: what the part costs in a prompt: its text, its tool's name and call id, and a part's overhead.
        turn: how many users' messages came before or with it on its branch; 0 before the first.
        created_at: seconds since the epoch, or None where the transcript does not say.
        call_id: the provider's id of the call, on calls and results.
        tool_name: the tool, on calls and (where known) results.
        pinned: whether compression must leave it as it is.
        metadata: JSON values; the module's docstring lists the keys.

    Example:
        >>> node = Node(id="m1/0", type=NodeType.MESSAGE, role="user", content="hello", tokens=5)
        >>> node.evolve(pinned=True).pinned
        True
    """

    id: str
    type: NodeType
    role: str
    content: str
    tokens: int
    turn: int = 0
    created_at: float | None = None
    call_id: str | None = None
    tool_name: str | None = None
    pinned: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def message_id(self) -> str:
        """Id of the provider message that this part belongs to."""
        return self.metadata.get("message", self.id)

    @property
    def kind(self) -> str:
        """What the content is: ``text``, ``thinking``, ``image`` or ``other`` (both as JSON text)."""
        return self.metadata.get("kind", "text")

    @property
    def is_instruction(self) -> bool:
        """Whether a user said it: not a result, nor what a harness put in a user's mouth."""
        return self.role == "user" and self.type is NodeType.MESSAGE and "reminder" not in self.metadata

    @property
    def is_system(self) -> bool:
        """Whether it is part of the system prompt; OpenAI calls that role ``developer``, too."""
        return self.role in ("system", "developer")

    @property
    def elided(self) -> str | None:
        """The reference of the original, where this node is a compressed one."""
        return self.metadata.get("elided")

    def evolve(self, **changes: Any) -> Node:
        """Return a node with some fields changed."""
        return replace(self, **changes)

    def to_record(self) -> dict[str, Any]:
        """Return the fields as JSON values, content left out, fields at their default left out.

        `from_record(node.to_record(), node.content) == node` holds for every node.
        """
        record: dict[str, Any] = {"id": self.id, "type": self.type.value, "role": self.role, "tokens": self.tokens}
        for name, default in _DEFAULTS:
            value = getattr(self, name)
            if value != default:
                record[name] = value
        if self.metadata:
            record["metadata"] = dict(self.metadata)
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any], content: str) -> Node:
        """Return the node that `to_record` wrote, with its content put back."""
        values: dict[str, Any] = {**record, "type": NodeType(record["type"]), "content": content}
        return cls(**values)


_DEFAULTS: tuple[tuple[str, Any], ...] = tuple(
    (f.name, f.default) for f in fields(Node) if f.name in {"turn", "created_at", "call_id", "tool_name", "pinned"}
)
