"""Edges: typed, directed, with their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


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


class UseEvidence(Mapping[str, Any]):
    """Evidence that names the values which an effect took from its cause, in a third of the memory of a dict.

    Its keys are ``reason``; ``value``; ``span``, start and end of the value in the cause's content, absent where that
    writes it with escapes; and ``more``, a list of further values with their spans.

    Args:
        reason: how the cause led to the effect.
        uses: the values, each with its start, or None; at least one.

    Example:
        >>> dict(UseEvidence("used", [("ORD-48213", 7)]))
        {'reason': 'used', 'value': 'ORD-48213', 'span': [7, 16]}
    """

    __slots__ = ("_facts",)

    def __init__(self, reason: str, uses: Iterable[tuple[str, int | None]]) -> None:
        self._facts = (reason, *chain.from_iterable(uses))

    def __getitem__(self, key: str) -> Any:
        return self._record()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._record())

    def __len__(self) -> int:
        return len(self._record())

    def __repr__(self) -> str:
        return repr(self._record())

    def _record(self) -> dict[str, Any]:
        reason, *facts = self._facts
        first, *more = (_use(value, start) for value, start in zip(facts[::2], facts[1::2], strict=True))
        return {"reason": reason, **first, **({"more": more} if more else {})}


def _use(value: Any, start: Any) -> dict[str, Any]:
    return {"value": value} if start is None else {"value": value, "span": [start, start + len(value)]}


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
