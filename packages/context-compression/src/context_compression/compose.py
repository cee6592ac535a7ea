"""Compose: the nodes that stand in the prompt for a layout and the units that stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from context_compression.excerpt import Places, bare, excerpt, lines
from context_compression.mentions import text_of
from context_compression.pointers import heading, pointer
from context_core import Node, NodeType
from context_core.tokens import PART_OVERHEAD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from context_compression.candidate import Candidate
    from context_compression.frames import Frames
    from context_compression.layout import Layout
    from context_compression.mentions import Mentions
    from context_compression.sight import Sight
    from context_core import TokenCounter

_DROPPED = ("kind", "fields", "envelope", "arguments")


class Composer:
    """Writes candidates; what was written for the same units before is not written again.

    Args:
        sight: the window.
        frames: what nodes are when nothing of them is kept.
        layout: which nodes are cut, which fold.
        named: values that could be mentioned.
        counter: counts tokens.
        reference: gives the reference of a node.
    """

    def __init__(
        self,
        sight: Sight,
        frames: Frames,
        layout: Layout,
        named: Mentions,
        counter: TokenCounter,
        reference: Callable[[Node], str],
    ) -> None:
        self._sight, self._frames, self._layout, self._named = sight, frames, layout, named
        self._counter, self._reference = counter, reference
        self._written: dict[tuple[str, str], Candidate | None] = {}
        self._first: list[int] = np.searchsorted(sight.unit_node, np.arange(len(sight.nodes) + 1)).tolist()
        self._texts: list[int] = np.searchsorted(sight.node, np.arange(len(sight.nodes) + 1)).tolist()
        self._places = Places(sight.units.text.tolist(), sight.units.start.tolist(), sight.units.end.tolist())
        self._numbers = {node.id: number for number, node in enumerate(sight.nodes)} if layout.folds else {}

    def write(self, kept: Any) -> list[Candidate]:
        """Return what to do when some units stay and some values are mentioned; nodes that keep all are left out.

        Args:
            kept: for each unit, and behind them for each mention, whether it stays.
        """
        units, said = kept[: len(self._sight.units)], self._said(kept[len(self._sight.units) :])
        stays = units | ~self._layout.is_open
        drafts = [self._cut(number, c, stays, said.get(number, [])) for number, c in self._layout.excerpts.items()]
        drafts += [self._summary(c, units, said) for c in self._layout.folds]
        self._count([draft for draft in drafts if draft is not None])
        written = [self._written[draft.key] for draft in drafts if draft is not None]
        return [candidate for candidate in written if candidate is not None]

    def _said(self, kept: Any) -> dict[int, list[str]]:
        """Return for each node's number the values that are mentioned for it."""
        said: dict[int, list[str]] = {}
        for number in np.flatnonzero(kept).tolist():
            name = text_of(self._sight, int(self._named.row[number]))
            said.setdefault(int(self._named.node[number]), []).append(name)
        return said

    def _count(self, drafts: list[_Draft]) -> None:
        """Make candidates of the drafts that were not written before, all counted at once."""
        new = [draft for draft in drafts if draft.key not in self._written]
        strings = [
            text for draft in new for text in (draft.content, draft.after.tool_name or "", draft.after.call_id or "")
        ]
        counts = self._counter.count_many(strings)
        for number, draft in enumerate(new):
            tokens = PART_OVERHEAD + sum(counts[3 * number : 3 * number + 3])
            after = draft.after.evolve(content=draft.content, tokens=tokens, metadata=draft.metadata)
            gains = draft.candidate.is_summary or tokens < draft.after.tokens
            self._written[draft.key] = draft.candidate.filled(after, draft.candidate.room) if gains else None

    def _cut(self, number: int, candidate: Candidate, stays: Any, names: list[str]) -> _Draft | None:
        node, is_bare = self._sight.nodes[number], bool(self._frames.is_bare[number])
        first, last = self._first[number], self._first[number + 1]
        own = stays[first:last]
        if own.all() and not is_bare:
            return None
        reference = self._reference(node)
        original: int = node.metadata.get("original_tokens", node.tokens)
        mark = pointer(reference, original, names)
        texts = self._sight.texts[self._texts[number] : self._texts[number + 1]]
        units = (np.flatnonzero(own & ~self._frames.is_mark[first:last]) + first).tolist()
        content = bare(node, mark) if is_bare else excerpt(node, texts, self._spans(number, units), mark)
        if mark not in content:
            return None
        kept = {key: value for key, value in node.metadata.items() if key not in _DROPPED}
        metadata = {**kept, **_call_fields(node), "elided": reference, "original_tokens": original}
        return _Draft((node.id, content), candidate, node, content, metadata)

    def _spans(self, number: int, units: list[int]) -> list[list[tuple[int, int]]]:
        """Return for each text of a node the stretches that stay."""
        first = self._texts[number]
        spans: list[list[tuple[int, int]]] = [[] for _ in range(first, self._texts[number + 1])]
        for unit in units:
            own = spans[self._places.text[unit] - first]
            start, end = self._places.start[unit], self._places.end[unit]
            if own and own[-1][1] == start:
                own[-1] = (own[-1][0], end)
            else:
                own.append((start, end))
        return spans

    def _summary(self, candidate: Candidate, kept: Any, said: dict[int, list[str]]) -> _Draft:
        numbers = [self._numbers[node.id] for node in candidate.nodes]
        names = [name for number in numbers for name in said.get(number, ())]
        said_lines = [line for number in numbers for line in self._lines(number, kept)]
        tokens = sum(node.metadata.get("original_tokens", node.tokens) for node in candidate.nodes)
        head = heading(candidate.after.elided or "", len(candidate.nodes), tokens)
        content = "\n".join((head, *said_lines, *([f"mentions {', '.join(names)}"] if names else [])))
        after = candidate.after
        return _Draft((after.id, content), candidate, after, content, after.metadata)

    def _lines(self, number: int, kept: Any) -> list[str]:
        first = self._first[number]
        units = (np.flatnonzero(kept[first : self._first[number + 1]]) + first).tolist()
        return lines(self._sight.nodes[number], self._sight.texts, self._places, units) if units else []


class _Draft(NamedTuple):
    key: tuple[str, str]
    candidate: Candidate
    after: Node
    content: str
    metadata: Mapping[str, Any]


def _call_fields(node: Node) -> dict[str, object]:
    """Return a call's own fields, which say how its arguments are written."""
    is_call = node.type is NodeType.TOOL_CALL and "fields" in node.metadata
    return {"fields": node.metadata["fields"]} if is_call else {}
