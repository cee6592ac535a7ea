"""Compose: the nodes that stand in the prompt for a layout and the units that stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from context_compression.excerpt import bare, excerpt, lines
from context_compression.mentions import text_of
from context_compression.pointers import heading, pointer
from context_core import Node, NodeType, part_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
        self._written: dict[tuple[str, bytes, tuple[str, ...]], Candidate | None] = {}
        self._first = np.searchsorted(sight.unit_node, np.arange(len(sight.nodes) + 1))
        self._texts = np.searchsorted(sight.node, np.arange(len(sight.nodes) + 1))

    def write(self, kept: Any) -> list[Candidate]:
        """Return what to do when some units stay and some values are mentioned; nodes that keep all are left out.

        Args:
            kept: for each unit, and behind them for each mention, whether it stays.
        """
        units, said = kept[: len(self._sight.units)], self._said(kept[len(self._sight.units) :])
        stays = units | ~self._layout.is_open
        written = [self._excerpt(number, c, stays, said) for number, c in self._layout.excerpts.items()]
        place = {node.id: number for number, node in enumerate(self._sight.nodes)} if self._layout.folds else {}
        written += [self._fold(c, [place[node.id] for node in c.nodes], units, said) for c in self._layout.folds]
        return [candidate for candidate in written if candidate is not None]

    def _said(self, kept: Any) -> dict[int, list[str]]:
        """Return for each node's number the values that are mentioned for it."""
        said: dict[int, list[str]] = {}
        for number in np.flatnonzero(kept).tolist():
            name = text_of(self._sight, int(self._named.row[number]))
            said.setdefault(int(self._named.node[number]), []).append(name)
        return said

    def _excerpt(self, number: int, candidate: Candidate, stays: Any, said: dict[int, list[str]]) -> Candidate | None:
        first, last = self._first[number], self._first[number + 1]
        own, names = stays[first:last], said.get(number, [])
        key = (candidate.nodes[0].id, own.tobytes(), tuple(names))
        if key not in self._written:
            self._written[key] = self._cut(number, candidate, own, int(first), names)
        return self._written[key]

    def _cut(self, number: int, candidate: Candidate, stays: Any, first: int, names: list[str]) -> Candidate | None:
        node, is_bare = self._sight.nodes[number], bool(self._frames.is_bare[number])
        if stays.all() and not is_bare:
            return None
        reference = self._reference(node)
        original: int = node.metadata.get("original_tokens", node.tokens)
        mark = pointer(reference, original, names)
        stays = stays & ~self._frames.is_mark[first : first + len(stays)]
        texts = self._sight.texts[self._texts[number] : self._texts[number + 1]]
        content = bare(node, mark) if is_bare else excerpt(node, texts, self._spans(number, stays, first), mark)
        if mark not in content:
            return None
        tokens = part_tokens(self._counter, content, tool_name=node.tool_name, call_id=node.call_id)
        if tokens >= node.tokens:
            return None
        kept = {key: value for key, value in node.metadata.items() if key not in _DROPPED}
        metadata = {**kept, **_call_fields(node), "elided": reference, "original_tokens": original}
        return candidate.filled(node.evolve(content=content, tokens=tokens, metadata=metadata))

    def _spans(self, number: int, stays: Any, first: int) -> list[list[tuple[int, int]]]:
        """Return for each text of a node the stretches that stay."""
        units = self._sight.units
        spans: list[list[tuple[int, int]]] = [[] for _ in range(self._texts[number], self._texts[number + 1])]
        for at in np.flatnonzero(stays).tolist():
            unit = first + at
            own = spans[int(units.text[unit]) - int(self._texts[number])]
            start, end = int(units.start[unit]), int(units.end[unit])
            if own and own[-1][1] == start:
                own[-1] = (own[-1][0], end)
            else:
                own.append((start, end))
        return spans

    def _fold(self, candidate: Candidate, numbers: list[int], kept: Any, said: dict[int, list[str]]) -> Candidate:
        names = [name for number in numbers for name in said.get(number, ())]
        own = np.concatenate([kept[self._first[number] : self._first[number + 1]] for number in numbers])
        key = (candidate.after.id, own.tobytes(), tuple(names))
        if key not in self._written:
            self._written[key] = self._summary(candidate, numbers, kept, names)
        found = self._written[key]
        assert found is not None
        return found

    def _summary(self, candidate: Candidate, numbers: list[int], kept: Any, names: list[str]) -> Candidate:
        said = [line for number in numbers for line in self._lines(number, kept)]
        tokens = sum(node.metadata.get("original_tokens", node.tokens) for node in candidate.nodes)
        head = heading(candidate.after.elided or "", len(candidate.nodes), tokens)
        content = "\n".join((head, *said, *([f"mentions {', '.join(names)}"] if names else [])))
        after = candidate.after.evolve(content=content, tokens=part_tokens(self._counter, content))
        return candidate.filled(after, candidate.room)

    def _lines(self, number: int, kept: Any) -> Iterator[str]:
        first = int(self._first[number])
        stays = np.flatnonzero(kept[first : self._first[number + 1]])
        if len(stays):
            yield from lines(self._sight.nodes[number], self._sight.texts, self._sight.units, (stays + first).tolist())


def _call_fields(node: Node) -> dict[str, object]:
    """Return a call's own fields, which say how its arguments are written."""
    is_call = node.type is NodeType.TOOL_CALL and "fields" in node.metadata
    return {"fields": node.metadata["fields"]} if is_call else {}
