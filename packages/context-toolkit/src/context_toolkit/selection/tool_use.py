"""ToolUse: what earlier sessions teach about which tool comes next. Counts and nothing else, so they are plain JSON.

1. *Follows*: which tool came after which, after which two, and after which that failed.
2. *Together*: in which sessions a tool was used, beside which other tools, and after which opening words.

Chances are estimated by backing off from the longest history to the shorter ones, weighed as Witten and Bell do
("The Zero-Frequency Problem", 1991): a history seen often, with few different sequels, is believed the most. What this
very session did so far goes on top.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from context_core import ContextGraph, NodeType
from context_toolkit.failure import has_failed
from context_toolkit.selection.situation import OPENING_NODES, Situation, situation_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from context_core import Node

_SCHEMA = 1
_MAX_WORDS = 4_000
"""Opening words that are kept: those of the most sessions."""
_CUES = 40
"""Opening words that are asked at once: the rarest of those known, which say the most."""
_Table = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class ToolUse:
    """Counts of how tools were used in earlier sessions.

    Attributes:
        sessions: how many there were.
        calls: calls of each tool.
        follows: how often each tool came next, by what came before (see `histories`).
        cues: sessions with each cue: a tool (``#name``) or an opening word.
        together: of these, sessions that used each tool.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> for name in ("grep", "read", "grep", "read"):
        ...     _ = graph.add_tool_call(name, {})
        >>> use = ToolUse.learn([graph])
        >>> use.follows["grep"], ToolUse.from_record(use.to_record()) == use
        ({'read': 2}, True)
    """

    sessions: int = 0
    calls: Mapping[str, int] = field(default_factory=dict[str, int])
    follows: Mapping[str, Mapping[str, int]] = field(default_factory=_Table)
    cues: Mapping[str, int] = field(default_factory=dict[str, int])
    together: Mapping[str, Mapping[str, int]] = field(default_factory=_Table)

    @classmethod
    def learn(cls, sessions: Iterable[ContextGraph | Sequence[Node]]) -> ToolUse:
        """Return what sessions teach; each thread of a graph (a sub-agent's) is a session of its own.

        Args:
            sessions: graphs, or the nodes of one thread in order.
        """
        learned = _Counts()
        for session in sessions:
            for nodes in _threads(session):
                learned.add(nodes)
        return learned.counted()

    def merged(self, other: ToolUse) -> ToolUse:
        """Return what both teach together, so that a new session can be added to what is known."""
        cues = _kept(_sum(self.cues, other.cues))
        together = _sums(self.together, other.together)
        return ToolUse(
            self.sessions + other.sessions,
            _sum(self.calls, other.calls),
            _sums(self.follows, other.follows),
            cues,
            {cue: together[cue] for cue in cues},
        )

    def next_chances(self, now: Situation) -> dict[str, float]:
        """Return the chance that each tool is called next, by what was called last, here and in earlier sessions."""
        total = sum(self.calls.values())
        chances = {tool: count / total for tool, count in self.calls.items()} if total else {}
        used = now.used
        for history in histories(used, now.is_failure):
            chances = _backed_off(self.follows.get(history), chances)
        return _backed_off(now.followers() if used else None, chances)

    def session_chances(self, now: Situation, *, words: bool) -> dict[str, float]:
        """Return the chance that each tool is used in a session such as this.

        Args:
            now: where the session stands.
            words: whether its opening words are asked, or the tools that it used.
        """
        cues = now.opening if words else {f"#{tool}" for tool in now.used}
        known = sorted((cue for cue in cues if cue in self.cues), key=lambda cue: (self.cues[cue], cue))[:_CUES]
        found: dict[str, float] = defaultdict(float)
        weights = 0.0
        for cue in known:
            held = self.cues[cue]
            weight = math.log((self.sessions + 1) / held)
            weights += weight
            for tool, count in self.together[cue].items():
                found[tool] += weight * count / (held + 1)
        return {tool: value / weights for tool, value in found.items()} if weights else {}

    def familiarity(self, now: Situation) -> float:
        """Return from 0 to 1 how much of this session is known of earlier ones: its tools, else its opening words."""
        used = set(now.used)
        if used:
            return sum(tool in self.calls for tool in used) / len(used)
        known = sum(word in self.cues for word in now.opening)
        return known / len(now.opening) if now.opening else 0.0

    def to_record(self) -> dict[str, Any]:
        """Return the counts as JSON values."""
        tables = {
            name: {key: dict(row) for key, row in getattr(self, name).items()} for name in ("follows", "together")
        }
        return {
            "schema": _SCHEMA,
            "sessions": self.sessions,
            "calls": dict(self.calls),
            "cues": dict(self.cues),
            **tables,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> ToolUse:
        """Return the counts that `to_record` wrote.

        Raises:
            ValueError: the record is of a newer schema, or damaged.
        """
        if record.get("schema") != _SCHEMA:
            raise ValueError(f"got counts of schema {record.get('schema')!r}; expected {_SCHEMA}; learn them anew")
        try:
            follows, together = (
                {key: _row(row) for key, row in record[name].items()} for name in ("follows", "together")
            )
            use = cls(int(record["sessions"]), _row(record["calls"]), follows, _row(record["cues"]), together)
            if use.cues.keys() != use.together.keys() or not all(use.cues.values()):
                raise ValueError("cues without sessions")
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"got damaged counts ({error!r}); expected what to_record wrote") from error
        return use


def histories(used: Sequence[str], is_failure: bool) -> list[str]:
    """Return what came before a call, from the shortest to the longest, as keys of `ToolUse.follows`.

    Example:
        >>> histories(["grep", "read"], is_failure=True)
        ['read', 'read\\t!', 'grep\\tread\\t!']
    """
    if not used:
        return [""]
    outcome = "!" if is_failure else "."
    return [used[-1], f"{used[-1]}\t{outcome}", *([f"{used[-2]}\t{used[-1]}\t{outcome}"] if len(used) > 1 else [])]


class _Counts:
    """Counts while they are made."""

    def __init__(self) -> None:
        self.sessions = 0
        self.calls: Counter[str] = Counter()
        self.follows: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.cues: Counter[str] = Counter()
        self.together: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, nodes: Sequence[Node]) -> None:
        """Count one thread of a session."""
        used: list[str] = []
        is_failure = False
        for node in nodes:
            if node.type is NodeType.TOOL_CALL:
                name = node.tool_name or ""
                for history in histories(used[-2:], is_failure):
                    self.follows[history][name] += 1
                used.append(name)
                is_failure = False
            elif node.type is NodeType.TOOL_RESULT:
                is_failure = has_failed(node)
        if not used:
            return
        self.sessions += 1
        self.calls.update(used)
        opening = situation_of(nodes[:OPENING_NODES]).opening
        for cue in (*opening, *(f"#{tool}" for tool in set(used))):
            self.cues[cue] += 1
            self.together[cue].update(set(used))

    def counted(self) -> ToolUse:
        """Return the counts, without the words that say least."""
        kept = _kept(self.cues)
        return ToolUse(
            self.sessions,
            dict(self.calls),
            {history: dict(row) for history, row in self.follows.items()},
            kept,
            {cue: dict(self.together[cue]) for cue in kept},
        )


def _threads(session: ContextGraph | Sequence[Node]) -> Iterable[Sequence[Node]]:
    if not isinstance(session, ContextGraph):
        return [session]
    threads: defaultdict[str | None, list[Node]] = defaultdict(list)
    for node in session.nodes():
        threads[node.metadata.get("thread")].append(node)
    return threads.values()


def _backed_off(row: Mapping[str, int] | None, shorter: dict[str, float]) -> dict[str, float]:
    """Return the chances that a history's counts give, with those of the shorter history for what it has not seen."""
    if not row:
        return shorter
    total = sum(row.values()) + len(row)
    chances = {tool: chance * len(row) / total for tool, chance in shorter.items()}
    for tool, count in row.items():
        chances[tool] = chances.get(tool, 0.0) + count / total
    return chances


def _kept(cues: Mapping[str, int]) -> dict[str, int]:
    """Return the cues that are kept, with their counts: all tools, and the words of the most sessions."""
    ordered = sorted(cues, key=lambda cue: (not cue.startswith("#"), -cues[cue], cue))
    tools = sum(cue.startswith("#") for cue in ordered)
    return {cue: cues[cue] for cue in ordered[: tools + _MAX_WORDS]}


def _row(row: Mapping[str, Any]) -> dict[str, int]:
    return {str(key): int(count) for key, count in row.items()}


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return dict(Counter(one) + Counter(other))


def _sums(one: Mapping[str, Mapping[str, int]], other: Mapping[str, Mapping[str, int]]) -> _Table:
    return {key: _sum(one.get(key, {}), other.get(key, {})) for key in dict.fromkeys((*one, *other))}
