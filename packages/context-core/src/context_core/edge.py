"""Edges: typed, directed, with their evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


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
