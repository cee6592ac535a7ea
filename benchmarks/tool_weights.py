"""Fit the weights of the evidence: a conditional logit over the tools of the pool, on training sessions alone.

1. Each turn of a training session gives its evidence twice: with counts learned from the other training sessions (in
   five folds; no session is among what its own evidence was learned from), and with counts learned from the other
   families alone, as if its kind had never been seen.
2. The weights are those under which the tools really called next are the likeliest, by Adam, with a small penalty on
   their squares, none below 0. A data set counts by the square root of its turns, of which at most 200 are taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy

from benchmarks.tool_pool import folds
from context_core import Bm25Scorer
from context_toolkit import ToolUse, Weights
from context_toolkit.selection.evidence import Evidence
from context_toolkit.selection.situation import situation_of
from context_toolkit.selection.weights import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.tool_pool import Session
    from context_toolkit import Tool

FOLDS = 5
TURNS = 200
PENALTY = 1e-3
SHOWN = (2.0, 1.0)
"""Weights of having been shown before, in known and in strange sessions: no turn alone says what they should be."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Evidence of many turns.

    Attributes:
        evidence: turns × tools × twice the kinds: those of known sessions, then those of strange ones.
        called: turns × tools, the share of the turn's calls.
        data_sets: of each turn.
        families: of each turn.
    """

    evidence: numpy.ndarray
    called: numpy.ndarray
    data_sets: numpy.ndarray
    families: numpy.ndarray

    def of(self, mask: numpy.ndarray) -> Turns:
        """Return some of the turns."""
        return Turns(self.evidence[mask], self.called[mask], self.data_sets[mask], self.families[mask])


def gathered(training: Sequence[Session], tools: Sequence[Tool], without: str = "") -> Turns:
    """Return the evidence of training turns, each as known and as strange; `without` a family, it is never learned."""
    known = [s for s in training if s.family != without]
    rows = [_rows(ToolUse.learn(s.nodes for s in others), part, tools) for others, part in folds(known, FOLDS)]
    for family in sorted({s.family for s in known}):
        use = ToolUse.learn(s.nodes for s in known if s.family != family)
        rows.append(_rows(use, [s for s in known if s.family == family], tools))
    every = [row for of in rows for row in of]
    evidence, called, data_sets, families = zip(*every, strict=True)
    return Turns(numpy.stack(evidence), numpy.stack(called), numpy.array(data_sets), numpy.array(families))


def _rows(use: ToolUse, part: Sequence[Session], tools: Sequence[Tool]) -> list[tuple]:
    evidence = Evidence(tools, use, Bm25Scorer())
    places = {tool.name: place for place, tool in enumerate(tools)}
    rows, taken = [], dict[str, int]()
    for session in part:
        for place, calls in islice(_spread(session), max(0, TURNS - taken.get(session.data_set, 0))):
            called = numpy.zeros(len(tools), numpy.float32)
            for name in calls:
                if name in places:
                    called[places[name]] += 1 / len(calls)
            now = situation_of(session.nodes[:place])
            matrix = numpy.zeros((len(tools), len(KINDS)), numpy.float32)
            for column, found in enumerate(evidence.gather(now).values()):
                matrix[list(found), column] = list(found.values())
            share = use.familiarity(now)
            rows.append(
                (numpy.hstack([matrix * share, matrix * (1 - share)]), called, session.data_set, session.family)
            )
            taken[session.data_set] = taken.get(session.data_set, 0) + 1
    return rows


def _spread(session: Session) -> Iterator[tuple[int, list[str]]]:
    """Yield at most 60 turns of a session, evenly spread."""
    cuts = sorted(session.cuts().items())
    yield from cuts[:: max(1, len(cuts) // 60)]


def fitted(turns: Turns, rounds: int = 400) -> Weights:
    """Return the weights under which what was called is the likeliest."""
    _, inverse, counts = numpy.unique(turns.data_sets, return_inverse=True, return_counts=True)
    share = 1 / numpy.sqrt(counts[inverse])
    share /= share.sum()
    weights = numpy.ones(turns.evidence.shape[2])
    mean, square = numpy.zeros_like(weights), numpy.zeros_like(weights)
    for step in range(1, rounds + 1):
        scores = turns.evidence @ weights
        chances = numpy.exp(scores - scores.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        wrong = (chances * turns.called.sum(axis=1, keepdims=True) - turns.called) * share[:, None]
        gradient = numpy.einsum("ij,ijk->k", wrong, turns.evidence) + 2 * PENALTY * weights
        mean, square = 0.9 * mean + 0.1 * gradient, 0.99 * square + 0.01 * gradient**2
        rate = 0.1 / (numpy.sqrt(square / (1 - 0.99**step)) + 1e-8)
        weights = numpy.maximum(0, weights - rate * mean / (1 - 0.9**step))
    known, strange = (dict(zip(KINDS, half.round(2).tolist(), strict=True)) for half in numpy.split(weights, 2))
    return Weights({**known, "shown": SHOWN[0]}, {**strange, "shown": SHOWN[1]})
