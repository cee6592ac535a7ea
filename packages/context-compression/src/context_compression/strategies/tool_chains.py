"""CollapseToolChains: a run of small, related calls between messages becomes one part.

1. Calls stand in one run while nobody says anything between them: no text of the user or the agent. Thinking goes with
   the call that follows it.
2. They are *related* where they are of the same tool, or name paths in the same folder.
3. A run of at least `min_calls` of them, each small with its results, may give way to one part that says a line a call:
   a frame once rather than a frame a call and a frame a result.

Which lines stay, word for word, is the planner's choice, as in any fold. Calls go with their results, so pairs stay
valid.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from posixpath import dirname
from typing import TYPE_CHECKING

from context_compression.parts import texts_in
from context_compression.preserve import Yield
from context_compression.runs import fold, folding_units
from context_compression.tier import CompressionTier
from context_core import Node, NodeType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_compression.candidate import Candidate
    from context_compression.scope import Scope

_PATH = re.compile(r"[\w.~-]*+(?:/[\w.@+-]++)+")
_HEAD = 400
"""Characters of an argument that are looked at for a path."""
Unit = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class CollapseToolChains:
    """Folds runs of small, related calls.

    Attributes:
        min_calls: calls that a run has at least.
        max_tokens: tokens that a call and its results may have together to be small.
    """

    min_calls: int = 3
    max_tokens: int = 300

    @property
    def name(self) -> str:
        """Its name in manifests."""
        return "collapse-tool-chains"

    @property
    def tier(self) -> CompressionTier:
        """Verbatim lines behind one pointer."""
        return CompressionTier.LOSSLESS

    def propose(self, scope: Scope) -> Iterable[Candidate]:
        """Return one open candidate a run, the oldest first."""
        for chain in self._chains(scope):
            nodes = [node for unit in chain for node in unit]
            found = fold(self.name, self.tier, nodes, scope)
            if found is not None:
                yield found

    def _chains(self, scope: Scope) -> Iterator[list[Unit]]:
        """Yield runs of calls with their results, and the thinking before them, the oldest first."""
        chain: list[Unit] = []
        thought: list[Unit] = []
        for unit in folding_units(scope):
            if scope.yields[unit[0].id] is Yield.OLD and unit[0].kind == "thinking":
                thought.append(unit)
                continue
            fits = self._is_small(unit, scope)
            if not (fits and chain and _related(_last_call(chain), unit[0])):
                yield from self._long(chain)
                chain = []
            if fits:
                chain += [*thought, unit]
            thought = []
        yield from self._long(chain)

    def _long(self, chain: list[Unit]) -> Iterator[list[Unit]]:
        if sum(unit[0].type is NodeType.TOOL_CALL for unit in chain) >= self.min_calls:
            yield chain

    def _is_small(self, unit: Unit, scope: Scope) -> bool:
        """Return whether a unit is a small, old call that has its results."""
        is_answered = unit[0].type is NodeType.TOOL_CALL and len(unit) > 1
        is_old = all(scope.yields[node.id] is Yield.OLD for node in unit)
        return is_answered and is_old and sum(node.tokens for node in unit) <= self.max_tokens


def _last_call(chain: Sequence[Unit]) -> Node:
    return chain[-1][0]


def _related(one: Node, other: Node) -> bool:
    """Return whether two calls are of the same tool, or name paths in the same folder."""
    return one.tool_name == other.tool_name or (_folder(one) is not None and _folder(one) == _folder(other))


def _folder(call: Node) -> str | None:
    """Return the folder of the first path among a call's arguments."""
    paths = (_PATH.search(text[:_HEAD]) for text in texts_in(call))
    return next((dirname(path[0]) for path in paths if path is not None), None)
