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

    A strategy proposes for any node that may yield, with `Candidate.yields` saying when; the planner takes at most
    one candidate for a node. An open one (`Candidate.is_open`) leaves it to the planner which lines stay.
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
