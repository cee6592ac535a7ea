"""The recovery manifest: every change that compression made to a session, in order, as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from context_core.edge import Edge, EdgeType
from context_core.errors import ManifestError, UnknownReferenceError
from context_core.json_text import dumps, loads
from context_core.manifest_check import check_change

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEMA_VERSION = 1
"""Version of the manifest's JSON. Every version ever released is read for ever."""


@dataclass(frozen=True, slots=True)
class State:
    """A node at one time, its content by id.

    Attributes:
        record: the node's fields but its content (`Node.to_record`).
        content_id: under which a content store holds its content.
    """

    record: Mapping[str, Any]
    content_id: str


@dataclass(frozen=True, slots=True)
class Change:
    """One node's step from one state to the next.

    Attributes:
        node_id: the node.
        reference: under which a model may ask for what the node held.
        before: its state before; None where the change added it.
        after: its state after; None where the change removed it.
        strategy: who proposed the change; ``restore`` for the way back.
        tier: the tier of the strategy.
        tokens_saved: tokens that the node lost; negative where it grew.
        edges_added: edges that came with the change.
        edges_removed: edges that went with it.
    """

    node_id: str
    reference: str
    before: State | None
    after: State | None
    strategy: str
    tier: str
    tokens_saved: int
    edges_added: tuple[Edge, ...] = ()
    edges_removed: tuple[Edge, ...] = ()

    def to_record(self) -> dict[str, Any]:
        """Return the change as JSON values."""
        return {
            "node_id": self.node_id,
            "reference": self.reference,
            "before": _state_record(self.before),
            "after": _state_record(self.after),
            "strategy": self.strategy,
            "tier": self.tier,
            "tokens_saved": self.tokens_saved,
            "edges_added": [edge.to_record() for edge in self.edges_added],
            "edges_removed": [edge.to_record() for edge in self.edges_removed],
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Change:
        """Return the change that `to_record` wrote.

        Raises:
            ManifestError: a field is missing, unknown or of another type.
        """
        check_change(record)
        return cls(
            node_id=record["node_id"],
            reference=record["reference"],
            before=_state(record["before"]),
            after=_state(record["after"]),
            strategy=record["strategy"],
            tier=record["tier"],
            tokens_saved=record["tokens_saved"],
            edges_added=tuple(map(Edge.from_record, record["edges_added"])),
            edges_removed=tuple(map(Edge.from_record, record["edges_removed"])),
        )


class Manifest:
    """The changes of one session, oldest first.

    Args:
        session_id: the session.
        changes: what was changed, in order.

    Example:
        >>> manifest = Manifest("s")
        >>> Manifest.from_json(manifest.to_json()).session_id
        's'
    """

    def __init__(self, session_id: str, changes: Iterable[Change] = ()) -> None:
        self.session_id = session_id
        self.changes = tuple(changes)

    def extended(self, changes: Iterable[Change]) -> Manifest:
        """Return a manifest with further changes at its end."""
        return Manifest(self.session_id, (*self.changes, *changes))

    def original(self, node_id: str) -> State | None:
        """Return a node's state before its first change; None where compression itself added it.

        Raises:
            UnknownReferenceError: the manifest does not know the node.
        """
        if node_id not in self._originals:
            raise UnknownReferenceError(node_id, "the manifest has no change of that node")
        return self._originals[node_id]

    def find(self, reference: str) -> str:
        """Return the id of the node that a reference stands for.

        Raises:
            UnknownReferenceError: no change carries the reference.
        """
        if reference not in self._by_reference:
            raise UnknownReferenceError(reference, f"session {self.session_id!r} has {len(self.changes)} changes")
        return self._by_reference[reference]

    def covered(self, summary_id: str) -> tuple[str, ...]:
        """Return the ids of the nodes that a summary stood for when it was made, in order; empty for any other node."""
        return self._covered.get(summary_id, ())

    @property
    def node_ids(self) -> tuple[str, ...]:
        """Ids of all nodes that were ever changed, in the order of their first change."""
        return tuple(self._originals)

    @property
    def references(self) -> tuple[str, ...]:
        """References of all nodes that were ever changed, in the order of their first change."""
        return tuple(self._by_reference)

    def content_ids(self) -> set[str]:
        """Return the ids of all contents that the manifest points to."""
        states = [state for change in self.changes for state in (change.before, change.after)]
        return {state.content_id for state in states if state is not None}

    def to_json(self) -> str:
        """Return the manifest as one JSON text."""
        return dumps(
            {
                "schema_version": SCHEMA_VERSION,
                "session_id": self.session_id,
                "changes": [change.to_record() for change in self.changes],
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Manifest:
        """Return the manifest that `to_json` wrote.

        Raises:
            ManifestError: the text is damaged, or of a newer version than this one reads.
        """
        try:
            record = loads(text)
        except ValueError as error:
            raise ManifestError(f"not a manifest: {error}; expected what Manifest.to_json wrote") from error
        version = record.get("schema_version") if isinstance(record, dict) else None
        if type(version) is not int or version < 1:
            raise ManifestError("not a manifest: it names no schema version; expected what Manifest.to_json wrote")
        if version > SCHEMA_VERSION:
            raise ManifestError(
                f"got a manifest of schema version {version}; this release reads up to {SCHEMA_VERSION}: upgrade it"
            )
        session_id, changes = record.get("session_id"), record.get("changes")
        if not isinstance(session_id, str) or not isinstance(changes, list):
            raise ManifestError("not a manifest: expected a session_id, and changes as an array")
        return cls(session_id, map(Change.from_record, changes))

    def __contains__(self, node_id: object) -> bool:
        return node_id in self._originals

    def __len__(self) -> int:
        return len(self.changes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Manifest):
            return NotImplemented
        return (self.session_id, self.changes) == (other.session_id, other.changes)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Manifest({self.session_id!r}: {len(self.changes):,} changes)"

    @cached_property
    def _originals(self) -> dict[str, State | None]:
        originals: dict[str, State | None] = {}
        for change in self.changes:
            originals.setdefault(change.node_id, change.before)
        return originals

    @cached_property
    def _by_reference(self) -> dict[str, str]:
        return {change.reference: change.node_id for change in self.changes}

    @cached_property
    def _covered(self) -> dict[str, tuple[str, ...]]:
        return {
            change.node_id: tuple(edge.target for edge in change.edges_added if edge.type is EdgeType.SUMMARIZES)
            for change in self.changes
            if change.before is None
        }


def _state_record(state: State | None) -> dict[str, Any] | None:
    return None if state is None else {"record": dict(state.record), "content_id": state.content_id}


def _state(record: Mapping[str, Any] | None) -> State | None:
    return None if record is None else State(record["record"], record["content_id"])
