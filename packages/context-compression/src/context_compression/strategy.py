"""The protocol of strategies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_compression.candidate import Candidate
    from context_compression.scope import Scope
    from context_compression.tier import CompressionTier


@runtime_checkable
class Strategy(Protocol):
    """Proposes candidates; it changes nothing and chooses nothing.

    A strategy proposes for any node that may yield, with `Candidate.yields` saying when; several candidates for one
    node are steps of a ladder, of which the planner takes one.
    """

    @property
    def name(self) -> str:
        """A stable name, as manifests record it."""
        ...

    @property
    def tier(self) -> CompressionTier:
        """How much its candidates take out."""
        ...

    def propose(self, scope: Scope) -> Iterable[Candidate]:
        """Return what could be done to the window, the oldest nodes first."""
        ...
