"""The course of a session: what its prompt cost after each step, and when it was compressed.

1. A step is a node of the main thread; sub-agents' side chains are counted nowhere.
2. With a journal, steps and compressions come in the order in which they were written.
3. From a manifest alone the order of compressions is known and their time is not: they stand behind the last step.
4. At the end stands the graph as it is: a change that nothing told of, such as a restore in memory, is marked as one.

Beside it runs what the prompt would cost, had nothing been compressed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from context_core import EdgeType, Node, NodeType, note_tokens
from context_core.gc_pause import gc_paused
from context_observe.html_report.meter import WindowMeter
from context_observe.html_report.quotes import seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from context_core import Change, ContextGraph, Manifest, Revision

RESTORE, PIN = "restore", "pin"
"""What a manifest calls the way back."""
MIN_SECONDS_A_WRITE = 0.2
"""Seconds between two appends to a store, on average, from which on their times tell when things happened: what is
written faster is no agent at work but a file, or a replay."""

FALL_SHARE = 0.02
"""The share of the window that a step must leave behind to be marked; a note that a result replaces is less."""

_KINDS = {RESTORE: "restored", PIN: "pinned"}
"""What a mark is called by the strategy of its changes; all others compress."""


@dataclass(frozen=True, slots=True)
class Point:
    """The window after one step.

    Attributes:
        step: from 1; a compression stands at the step that it followed.
        node_id: the node that made the step.
        at: when, in seconds since the epoch, where that is known.
        tokens: what the prompt cost.
        whole_tokens: what it would have cost, had nothing been compressed.
    """

    step: int
    node_id: str
    at: float | None
    tokens: int
    whole_tokens: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one strategy did in a compression.

    Attributes:
        strategy: its name, fit to be shown.
        tier: its tier.
        nodes: how many nodes it changed.
        tokens_saved: tokens that the graph lost by it; negative where it grew.
    """

    strategy: str
    tier: str
    nodes: int
    tokens_saved: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A change of the window that no step made, or a step that made it much smaller.

    Attributes:
        kind: ``compressed``; ``restored``; ``pinned``; ``changed``, where no manifest tells of it; ``recap``, where
            the recorded agent itself put a recap in the place of what came before; ``branch``, where it went on from
            an earlier point.
        step: the step that it followed, or that it is.
        at: when, in seconds since the epoch, where that is known.
        tokens_before: of the window.
        tokens_after: of the window.
        shares: what each strategy did, what saved most first; empty where none was at work.
    """

    kind: str
    step: int
    at: float | None
    tokens_before: int
    tokens_after: int
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """What a session's prompt cost over time.

    Attributes:
        points: in order; a change between two steps has a point of its own behind that of the step before.
        marks: in order.
        times: when each node came, where that is known.
        are_times_of_store: whether the times tell when the store was written to, as the transcript has none.
        are_marks_dated: whether it is known at which step each compression happened.
        side_tokens: tokens of nodes on side chains, which stand in no point.
    """

    points: tuple[Point, ...]
    marks: tuple[Mark, ...]
    times: dict[str, float]
    are_times_of_store: bool
    are_marks_dated: bool
    side_tokens: int

    @property
    def steps(self) -> int:
        """Number of the last step."""
        return self.points[-1].step if self.points else 0


def course(graph: ContextGraph, manifest: Manifest, revisions: Iterable[Revision] = ()) -> Course:
    """Return what the prompt of a session cost after each step.

    Args:
        graph: the session as it is now.
        manifest: what was changed; not asked where revisions tell.
        revisions: all of the session's, oldest first, where a journal has them.

    Example:
        >>> from context_core import ContextGraph, Manifest, window
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "hi"), graph.add_message("assistant", "hello")
        >>> [point.tokens for point in course(graph, Manifest("s")).points][-1] == window(graph).tokens
        True
    """
    told = list(revisions)
    steps = _Steps(graph, _times(graph, told), has_changes=bool(manifest.changes))
    with gc_paused():
        for revision in told:
            steps.append(revision.nodes)
            steps.change(revision.changes, revision.written_at)
        own = (node for node in graph.nodes() if node.type is not NodeType.SUMMARY)
        steps.append(_as_appended(node, manifest) for node in own)
        if not told:
            steps.change(manifest.changes, None)
        steps.settle()
    has_own_times = any(node.created_at is not None for node in graph.nodes())
    return Course(
        tuple(steps.points),
        tuple(steps.marks),
        steps.times,
        bool(steps.times) and not has_own_times,
        bool(told),
        _side_tokens(graph),
    )


def _times(graph: ContextGraph, revisions: Sequence[Revision]) -> dict[str, float]:
    """Return when each node came: as the transcript says, else as the store was written to, else nothing."""
    own = {node.id: node.created_at for node in graph.nodes() if node.created_at is not None}
    written = [revision.written_at for revision in revisions if revision.nodes]
    is_live = len(written) > 1 and max(written) - min(written) >= MIN_SECONDS_A_WRITE * (len(written) - 1)
    if own or not is_live:
        return own
    return {node.id: revision.written_at for revision in revisions for node in revision.nodes if node.id in graph}


def _side_tokens(graph: ContextGraph) -> int:
    """Return the tokens of side chains; where there is no main thread, none are beside the branch."""
    sides = [node.tokens for node in graph.nodes() if "thread" in node.metadata]
    return sum(sides) if len(sides) < len(graph) else 0


def _as_appended(node: Node, manifest: Manifest) -> Node:
    """Return a node with the tokens that it had before its first change."""
    first = manifest.original(node.id) if node.id in manifest else None
    return node if first is None else node.evolve(tokens=first.record["tokens"])


@dataclass(slots=True)
class _Steps:
    """Points and marks as they are made, with the meters of the window and of the whole one."""

    graph: ContextGraph
    times: dict[str, float]
    has_changes: bool
    points: list[Point] = field(default_factory=list[Point])
    marks: list[Mark] = field(default_factory=list[Mark])
    meter: WindowMeter = field(init=False)
    whole: WindowMeter = field(init=False)
    known: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        def note(call: Node) -> int:
            return note_tokens(self.graph, call.id)

        self.meter = self.whole = WindowMeter(note)
        if self.has_changes:
            self.whole = WindowMeter(note)

    def append(self, nodes: Iterable[Node]) -> None:
        """Take those nodes that are new and that the graph has, each a step where it is of the main thread."""
        for node in nodes:
            if node.id in self.known or node.id not in self.graph:
                continue
            self.known.add(node.id)
            before = list(self.graph.in_edges(node.id, EdgeType.TEMPORAL))
            edges = [*before, *self.graph.in_edges(node.id, EdgeType.TOOL_IO)]
            tokens = self.meter.tokens
            if self.has_changes:
                self.whole.append(node, edges)
            if self.meter.append(node, edges):
                self._point(node.id, self.points[-1].step + 1 if self.points else 1)
                self._note_fall(node, tokens, is_anew=not before)
            elif self.meter.tokens != tokens:  # a side chain answered a call of the main one
                self._point(self.points[-1].node_id, self.points[-1].step)

    def change(self, changes: Sequence[Change], at: float | None) -> None:
        """Take changes that were committed together: what was restored, pinned and compressed, each apart."""
        for kind, run in groupby(changes, key=lambda change: _KINDS.get(change.strategy, "compressed")):
            told = [change for change in run if change.node_id in self.known or _is_summary(change)]
            before = self.meter.tokens
            for change in told:
                self.meter.apply(change)
            self._mark(kind, before, at, _shares(told))

    def settle(self) -> None:
        """Bring the window to what the graph is now, whatever made it so."""
        before = self.meter.tokens
        summaries = set(self.graph.summaries())
        for summary in self.meter.summaries - summaries:
            self.meter.remove_summary(summary)
        for summary in self.graph.summaries():
            self.meter.add_summary(self.graph.node(summary))
        for summary in summaries:
            self.meter.cover_just(summary, self.graph.out_edges(summary, EdgeType.SUMMARIZES))
        for node in self.graph.nodes():
            self.meter.set_tokens(node.id, node.tokens)
        if self.meter.tokens != before:
            self._mark("changed", before, None, ())

    def _point(self, node_id: str, step: int) -> None:
        at = self.times.get(node_id)
        self.points.append(Point(step, node_id, at, self.meter.tokens, self.whole.tokens))

    def _mark(self, kind: str, before: int, at: float | None, shares: tuple[Share, ...]) -> None:
        if not self.points:
            return
        last = self.points[-1]
        self._point(last.node_id, last.step)
        self.marks.append(Mark(kind, last.step, at, before, self.meter.tokens, shares))

    def _note_fall(self, node: Node, before: int, *, is_anew: bool) -> None:
        """Mark a step that left much of the window behind: for a recap, or for another branch."""
        after, last = self.meter.tokens, self.points[-1]
        if after < before * (1 - FALL_SHARE):
            kind = "recap" if is_anew or "recap" in node.metadata else "branch"
            self.marks.append(Mark(kind, last.step, last.at, before, after))


def _is_summary(change: Change) -> bool:
    state = change.after or change.before
    return state is not None and state.record["type"] == NodeType.SUMMARY.value


def _shares(changes: Sequence[Change]) -> tuple[Share, ...]:
    """Return what each strategy did, what saved most first."""
    made: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        made.setdefault((change.strategy, change.tier), []).append(change)
    shares = (
        Share(seen(strategy), seen(tier), len({c.node_id for c in run}), sum(c.tokens_saved for c in run))
        for (strategy, tier), run in made.items()
    )
    return tuple(sorted(shares, key=lambda share: -share.tokens_saved))
