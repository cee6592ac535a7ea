"""Next calls: which call follows, learned from sessions.

1. Which tool follows is counted behind the last two tools, behind the last one, and by itself; the longest row that was
   seen often enough is asked (a back-off n-gram, Katz 1987, without its discount).
2. Which arguments it gets is counted for each pair of tools.
3. Where each argument's value stood is counted by origin (`offers`). A value that is always the same is an origin, too,
   if more than one session had it: what one session alone knew is not offered to another.
4. A prediction's confidence is the product of these shares, as if they were independent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from context_core.json_text import canonical, loads
from context_toolkit.prefetch.offers import BACK, constant, offers, texts
from context_toolkit.prefetch.past_calls import past_calls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from context_core import ContextGraph
    from context_toolkit.prefetch.offers import Origin
    from context_toolkit.prefetch.past_calls import PastCall

_ROW = 2
"""Tools in a row that the next one is counted behind."""
_ENOUGH = 3
"""Times that a row must have been seen to be asked."""
_SHAPES = 2
"""Sets of arguments that are tried for a tool."""
_TOOLS = 3
"""Tools that are tried."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """A call that may come next.

    Attributes:
        tool: the tool.
        arguments: of the call.
        confidence: share of like cases in which it came, above 0 up to 1.
    """

    tool: str
    arguments: dict[str, Any]
    confidence: float


class NextCalls:
    """Predicts the next call of a session from what others did; it grows with what it learns.

    Example:
        >>> from context_core import ContextGraph
        >>> from context_toolkit import PastCall
        >>> model = NextCalls()
        >>> for name in ("one", "two", "three", "four"):
        ...     graph = ContextGraph(name)
        ...     _ = graph.add_tool_result(graph.add_tool_call("find", {"name": name}).id, f"src/{name}.py")
        ...     _ = graph.add_tool_call("read", {"path": f"src/{name}.py"})
        ...     model.learn(graph)
        >>> [likeliest] = model.predict([PastCall("find", {"name": "x"}, "lib/x.py")])
        >>> likeliest.tool, likeliest.arguments
        ('read', {'path': 'lib/x.py'})
    """

    def __init__(self) -> None:
        self._follows: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        self._shapes: defaultdict[tuple[str, str], Counter[tuple[str, ...]]] = defaultdict(Counter)
        self._origins: defaultdict[tuple[str, str, str], Counter[Origin]] = defaultdict(Counter)
        self._given: Counter[tuple[str, str, str]] = Counter()
        self._sessions: Counter[tuple[str, Origin]] = Counter()

    def learn(self, graph: ContextGraph) -> None:
        """Learn from a session."""
        self.learn_calls(past_calls(graph))

    def learn_calls(self, row: Sequence[PastCall]) -> None:
        """Learn from the steps of a session, all of them."""
        used: set[str] = set()
        constants: set[tuple[str, Origin]] = set()
        for number, step in enumerate(row):
            history = row[max(0, number - BACK) : number]
            for context in _contexts(history):
                self._follows[context][step.tool] += 1
            before = history[-1].tool if history else ""
            self._shapes[before, step.tool][tuple(sorted(step.arguments))] += 1
            offered = _by_value(history, used) if step.arguments else {}
            for name, value in step.arguments.items():
                place = (before, step.tool, name)
                self._given[place] += 1
                self._origins[place].update(offered.get(canonical(value), ()))
                always = constant(value)
                if always is not None:
                    self._origins[place][always] += 1
                    constants.add((step.tool + "\n" + name, always))
            used.update(texts(step.arguments))
        self._sessions.update(constants)

    def predict(self, history: Sequence[PastCall], *, limit: int = 3) -> list[Predicted]:
        """Return the likeliest next calls, the likeliest first.

        Args:
            history: the session's steps, the latest last.
            limit: how many calls at most.
        """
        before = history[-1].tool if history else ""
        used = {text for step in history for text in texts(step.arguments)}
        offered = dict(offers(history, used))
        found: dict[tuple[str, bytes], Predicted] = {}
        for tool, share in self._next_tools(history):
            shapes = self._shapes.get((before, tool), Counter[tuple[str, ...]]())
            for shape, count in shapes.most_common(_SHAPES):
                call = self._filled(before, tool, shape, share * count / shapes.total(), offered)
                if call is not None:
                    found.setdefault((tool, canonical(call.arguments)), call)
        return sorted(found.values(), key=lambda call: -call.confidence)[:limit]

    def _next_tools(self, history: Sequence[PastCall]) -> list[tuple[str, float]]:
        for context in _contexts(history):
            counts = self._follows.get(context)
            if counts is not None and counts.total() >= _ENOUGH:
                return [(tool, count / counts.total()) for tool, count in counts.most_common(_TOOLS)]
        return []

    def _filled(
        self, before: str, tool: str, shape: tuple[str, ...], share: float, offered: dict[Origin, Any]
    ) -> Predicted | None:
        """Return a call with the likeliest value in each argument; None where one of them has no known origin."""
        arguments: dict[str, Any] = {}
        for name in shape:
            place = (before, tool, name)
            likeliest = next(self._resolved(place, offered), None)
            if likeliest is None:
                return None
            arguments[name], hits = likeliest
            share *= hits / (self._given[place] + 1)
        return Predicted(tool, arguments, share)

    def _resolved(self, place: tuple[str, str, str], offered: dict[Origin, Any]) -> Iterator[tuple[Any, int]]:
        for origin, hits in self._origins.get(place, Counter[Any]()).most_common():
            if origin in offered:
                yield offered[origin], hits
            elif origin[0] == "constant" and self._sessions["\n".join(place[1:]), origin] > 1:
                yield loads(str(origin[1])), hits


def _contexts(history: Sequence[PastCall]) -> Iterator[tuple[str, ...]]:
    """Yield the tools of the last steps, in ever shorter rows."""
    tools = tuple(step.tool for step in history[-_ROW:])
    for start in range(len(tools) + 1):
        yield tools[start:]


def _by_value(history: Sequence[PastCall], used: set[str]) -> dict[bytes, list[Origin]]:
    found: dict[bytes, list[Origin]] = {}
    for origin, value in offers(history, used):
        found.setdefault(canonical(value), []).append(origin)
    return found
