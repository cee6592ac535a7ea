"""Weights: how much each kind of evidence counts, in sessions of a known kind and in strange ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: tuple[str, ...] = (
    "follows",
    "recent",
    "share",
    "together",
    "opening",
    "popular",
    "relevance",
    "named",
    "mentioned",
    "fits",
    "kin",
    "shown",
)
"""The kinds of evidence; ``evidence.py`` says what each is."""

_KNOWN = {
    "follows": 3.74,
    "recent": 0.04,
    "share": 0.37,
    "together": 1.4,
    "opening": 1.04,
    "popular": 0.28,
    "relevance": 1.42,
    "named": 2.02,
    "mentioned": 1.39,
    "fits": 0.0,
    "kin": 0.0,
    "shown": 2.0,
}
_STRANGE = {
    "follows": 1.25,
    "recent": 1.49,
    "share": 2.32,
    "together": 0.0,
    "opening": 0.0,
    "popular": 0.0,
    "relevance": 1.29,
    "named": 0.95,
    "mentioned": 1.47,
    "fits": 0.33,
    "kin": 0.55,
    "shown": 1.0,
}


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each kind of evidence counts.

    A tool's score is the sum of its evidence times these; between a known and a strange kind of session they are mixed
    by how much of the session is known. They were fitted by `benchmarks/selection.py` on training sessions, half of
    them held to be of a kind never seen: by the likelihood of the tool that was really called (a conditional logit,
    McFadden 1974), each data set counting by the square root of its turns, none below 0. Those of ``shown`` were set by
    hand, on training sessions: they halve the turns at which the tools change, for one call in a hundred.

    Attributes:
        known: for sessions of which the counts know all tools.
        strange: for sessions of which they know none.

    Raises:
        ValueError: a kind is unknown, or a weight is no finite number.
    """

    known: Mapping[str, float] = field(default_factory=lambda: dict(_KNOWN))
    strange: Mapping[str, float] = field(default_factory=lambda: dict(_STRANGE))

    def __post_init__(self) -> None:
        unknown = sorted({*self.known, *self.strange} - set(KINDS))
        if unknown:
            raise ValueError(f"got weights for {', '.join(unknown)}; expected some of {', '.join(KINDS)}")
        if not all(map(isfinite, (*self.known.values(), *self.strange.values()))):
            raise ValueError("got a weight that is infinite or no number; expected finite ones")

    def mixed(self, familiarity: float) -> dict[str, float]:
        """Return the weights for a session that is known to a share of 0 to 1.

        Example:
            >>> Weights({"recent": 1.0}, {"recent": 3.0}).mixed(0.5)["recent"]
            2.0
        """
        return {
            kind: familiarity * self.known.get(kind, 0.0) + (1 - familiarity) * self.strange.get(kind, 0.0)
            for kind in KINDS
        }
