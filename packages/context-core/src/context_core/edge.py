"""Edges: typed, directed, with their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class EdgeType(StrEnum):
    """How one node leads to another."""

    TEMPORAL = "temporal"
    """What came next: a part to the following one of its branch."""
    CAUSAL = "causal"
    """Cause to effect."""
    TOOL_IO = "tool_io"
    """Call to result."""
    REFERENCES = "references"
    """Mention to entity or artifact."""
    SAME_ENTITY = "same_entity"
    """Alias to alias."""
    SUMMARIZES = "summarizes"
    """Summary to what it stands for."""


@dataclass(frozen=True, slots=True)
class Use:
    """A value of a cause that its effect uses.

    Attributes:
        value: the text, as it stands in the cause.
        start: characters from the start of the cause's content; None where the content writes it with escapes.
    """

    value: str
    start: int | None

    @property
    def span(self) -> list[int] | None:
        """Start and end in the cause's content, or None."""
        return None if self.start is None else [self.start, self.start + len(self.value)]


class UseEvidence(Mapping[str, Any]):
    """Evidence that names values, in a third of the memory of the dict that it reads as.

    Its keys are ``reason``, ``value``, ``span`` (where known), and ``more``, a list of the further values.

    Example:
        >>> dict(UseEvidence("used", (Use("ORD-48213", 7),)))
        {'reason': 'used', 'value': 'ORD-48213', 'span': [7, 16]}
    """

    __slots__ = ("_reason", "_uses")

    def __init__(self, reason: str, uses: tuple[Use, ...]) -> None:
        self._reason = reason
        self._uses = uses

    def __getitem__(self, key: str) -> Any:
        return self._record()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._record())

    def __len__(self) -> int:
        return len(self._record())

    def __repr__(self) -> str:
        return repr(self._record())

    def _record(self) -> dict[str, Any]:
        first, *others = self._uses
        record: dict[str, Any] = {"reason": self._reason, "value": first.value}
        if first.span is not None:
            record["span"] = first.span
        if others:
            record["more"] = [{"value": use.value, **({"span": use.span} if use.span else {})} for use in others]
        return record


@dataclass(frozen=True, slots=True)
class Edge:
    """One typed edge; at most one of a type joins two nodes in a direction.

    Attributes:
        source: id of the node it leaves.
        target: id of the node it enters.
        type: how the one leads to the other.
        evidence: JSON values that say why, such as ``{"reason": "answers"}``.
    """

    source: str
    target: str
    type: EdgeType
    evidence: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def to_record(self) -> dict[str, Any]:
        """Return the edge as JSON values."""
        record: dict[str, Any] = {"source": self.source, "target": self.target, "type": self.type.value}
        return {**record, "evidence": dict(self.evidence)} if self.evidence else record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Edge:
        """Return the edge that `to_record` wrote."""
        return cls(record["source"], record["target"], EdgeType(record["type"]), record.get("evidence", {}))
