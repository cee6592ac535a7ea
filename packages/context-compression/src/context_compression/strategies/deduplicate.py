"""Deduplicate: of equal and nearly equal texts the latest stays, and the earlier ones point to it.

1. Texts are looked at from the last to the first; one that is like none behind it is *kept*.
2. A text equal to a kept one becomes one line that says so.
3. A text that differs from a kept one in a few pieces becomes that line and the difference.
4. Where an encoder is given: a text that means the same as a kept one becomes that line and the values that only it
   says.

A rewrite points to a kept text only, and a text that was once pointed to is kept for good, so no pointer leads to
another pointer. What differs more stays as it is: a line that stands twice is the planner's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from context_compression.preserve import Yield
from context_compression.strategies._marks import BASE, Names, is_text, mark, pointed_to, rewrite
from context_compression.strategies._near import near_index
from context_compression.strategies._pieces import edits, pieces
from context_compression.tier import CompressionTier
from context_core.values import values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from context_compression.candidate import Candidate
    from context_compression.scope import Scope
    from context_core import Encoder, Node

MOST_EDITS = 24
"""Pieces that a difference takes out and puts in together, at most; more is no longer read at a glance."""
_MOST_SHARE = 0.5
"""Share of a text's characters that its difference may have."""
_MOST_VALUES = 6
"""Values that a text may say beside one that means the same."""


class _Copy(NamedTuple):
    """A text, and the kept one that it is rewritten by, with the words for it."""

    kept: int
    said: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class Deduplicate:
    """Rewrites texts that a later text says again.

    Attributes:
        min_tokens: texts below this are left alone.
        encoder: tells which texts mean the same; only equal and nearly equal ones are found without.
        likeness: the cosine from which texts are held to mean the same.
    """

    min_tokens: int = 60
    encoder: Encoder | None = None
    likeness: float = 0.95

    @property
    def name(self) -> str:
        """Its name in manifests."""
        return "deduplicate"

    @property
    def tier(self) -> CompressionTier:
        """A pointer to what stands in the prompt."""
        return CompressionTier.LOSSLESS

    def propose(self, scope: Scope) -> Iterable[Candidate]:
        """Return a rewrite for each text that a later one says again."""
        nodes = [node for node in scope.window.nodes if node.tokens >= self.min_tokens and is_text(node)]
        bases = pointed_to(scope)
        stay = [node.id in bases or scope.yields[node.id] is Yield.NEVER for node in nodes]
        copies = self._copies([node.content for node in nodes], stay)
        names = Names(scope) if copies else None
        for number, copy in sorted(copies.items()):
            node, kept = nodes[number], nodes[copy.kept]
            if names is not None:
                content = mark(copy.said.format(_later(names, node, kept)), scope.reference(node)) + copy.below
                found = rewrite(scope, node, content, self.name, self.tier, **{BASE: kept.id})
                if found is not None:
                    yield found

    def _copies(self, texts: Sequence[str], stay: Sequence[bool]) -> dict[int, _Copy]:
        """Return for the number of each text that a kept one says again how it does."""
        last = {text: number for number, text in enumerate(texts)}
        distinct = sorted(last.values())
        copies = _nearly_equal({number: pieces(texts[number]) for number in distinct}, stay)
        if self.encoder is not None:
            bases = {copy.kept for copy in copies.values()}
            kept = [number for number in distinct if number not in copies]
            if len(kept) > 1:
                copies |= self._meant(self.encoder, texts, kept, {n for n in kept if stay[n] or n in bases})
        for number, text in enumerate(texts):
            if number != last[text] and not stay[number]:
                copies[number] = copies.get(last[text], _Copy(last[text], "same as the later {}"))
        return copies

    def _meant(
        self, encoder: Encoder, texts: Sequence[str], numbers: Sequence[int], stay: set[int]
    ) -> dict[int, _Copy]:
        """Return the texts that mean what a later kept one does, and say few values that it does not."""
        vectors = encoder.encode([texts[number] for number in numbers])
        copies: dict[int, _Copy] = {}
        for place in range(len(numbers) - 2, -1, -1):
            alike = (vectors[place + 1 :] @ vectors[place] >= self.likeness).nonzero()[0]
            later = [numbers[place + 1 + int(at)] for at in alike]
            kept = next((number for number in reversed(later) if number not in copies), None)
            if kept is not None and numbers[place] not in stay:
                only = _said_only(texts[numbers[place]], texts[kept])
                if len(only) <= _MOST_VALUES:
                    below = "\nand says " + ", ".join(only) if only else ""
                    copies[numbers[place]] = _Copy(kept, "means the same as the later {}", below)
        return copies


def _nearly_equal(cut: dict[int, list[str]], stay: Sequence[bool]) -> dict[int, _Copy]:
    """Return the texts that differ little from a later kept one; the others are kept."""
    numbers = list(cut)
    index = near_index(list(cut.values()))
    copies: dict[int, _Copy] = {}
    for place in range(len(numbers) - 1, -1, -1):
        kept = [numbers[other] for other in index.near(place)]
        copy = _nearest(numbers[place], kept, cut) if kept and not stay[numbers[place]] else None
        if copy is not None:
            copies[numbers[place]] = copy
        else:
            index.add(place)
    return copies


def _nearest(number: int, kept: Sequence[int], cut: dict[int, list[str]]) -> _Copy | None:
    """Return how a text differs from the one of some kept ones that it differs least from, where that is little."""
    own = cut[number]
    told = [(_difference(cut[other], own), other) for other in kept]
    small = [(len(text), -other, text) for text, other in told if text is not None]
    if not small:
        return None
    size, other, text = min(small)
    return _Copy(-other, "the later {} with these changes", text) if size <= _MOST_SHARE * sum(map(len, own)) else None


def _difference(kept: Sequence[str], own: Sequence[str]) -> str | None:
    """Return a unified difference that gives the one text from the other, or None where it is long."""
    hunks = edits(kept, own, MOST_EDITS)
    if hunks is None:
        return None
    lines: list[str] = []
    for a, b, c, d in hunks:
        lines.append(f"@@ -{a + 1},{b - a} +{c + 1},{d - c} @@")
        lines += ["-" + piece.rstrip("\r\n") for piece in kept[a:b]]
        lines += ["+" + piece.rstrip("\r\n") for piece in own[c:d]]
    return "".join("\n" + line for line in lines)


def _later(names: Names, node: Node, kept: Node) -> str:
    """Return what the kept text is called, shortly where both are results of the same call."""
    own, other = names.of(node), names.of(kept)
    return "result of the same call" if own == other and own.startswith("result of") else other


def _said_only(text: str, other: str) -> list[str]:
    """Return the values that one text says and another does not, in order."""
    there = {form.text for value in values(other) for form in value.forms}
    return list(dict.fromkeys(v.forms[0].text for v in values(text) if v.forms[0].text not in there))
