"""Phases: what an agent is at, and which tools are for that.

What an agent is at is judged by what it did last:

1. With no call so far: by the words of the task.
2. A last result that says its call failed, or two of the last five: debugging.
3. Else each of the last calls votes for the phase that its words are for, the later the more. A call that writes
   files votes for implementation, whatever its name; a shell's call is judged by its command.

A phase of your own has words, or a predicate, which goes first.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from context_core import writes
from context_core.json_text import loads
from context_core.terms import words
from context_toolkit.selection.situation import Situation, situation_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from context_core import ContextGraph, Node, Window
    from context_toolkit.selection.tool import Tool

_CALLS = 5
_FADE = 0.7
"""What a call's vote weighs beside that of the next one: three calls outvote what came before them."""
_SHELLS = frozenset(("bash", "shell", "exec", "terminal", "python", "ipython", "console", "stdin"))
"""Words of tools that can do anything."""
_RUNNERS = frozenset(("run", "execute", "command", "script"))
"""Words of tools that can do anything, unless another word of the name says what."""
_COMMAND_KEYS = ("command", "cmd", "script", "code")
_TESTS = re.compile(
    r"\b(?:pytest|unittest|jest|vitest|mocha|rspec|tox|ctest|(?:go|cargo|npm|yarn|make|mvn|gradle) test)\b"
)


@dataclass(frozen=True, slots=True)
class Phase:
    """What an agent can be at.

    Attributes:
        name: what it is called.
        words: words in a tool's name, in a shell's command or in a task that speak for it, in lower case.
        holds: says whether a session is in this phase; it goes before any words.

    Example:
        >>> deploy = Phase("deploy", frozenset({"deploy", "rollout"}))
        >>> deploy.fits("kubectl rollout status")
        True
    """

    name: str
    words: frozenset[str] = frozenset()
    holds: Callable[[Situation], bool] | None = None

    def fits(self, text: str) -> bool:
        """Return whether a word of the text speaks for the phase."""
        return not self.words.isdisjoint(words(text))


def _phase(name: str, told: str) -> Phase:
    return Phase(name, frozenset(told.split()))


PHASES: tuple[Phase, ...] = (
    _phase(
        "research",
        "read search find grep rg glob ls list cat head view open fetch browse web lookup query look explore explain "
        "show inspect scroll research what which investigate",
    ),
    _phase("planning", "plan planning todo todos task tasks think design propose question outline decide"),
    _phase(
        "implementation",
        "edit write create insert update patch replace add implement apply modify delete rename move refactor commit "
        "build make install generate change book cancel send submit",
    ),
    _phase(
        "debugging", "debug debugger test tests pytest fix fails failing error errors bug broken trace diagnose crash"
    ),
)
"""The phases there are unless others are given."""


def phase_of(
    source: ContextGraph | Window | Sequence[Node] | Situation | None, phases: Iterable[Phase] = PHASES
) -> str:
    """Return the name of the phase that a session seems to be in; the first one where nothing speaks for any.

    Args:
        source: a graph, a window, nodes in order, or a situation.
        phases: those to choose from.

    Raises:
        ValueError: there is no phase to choose from.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_tool_result(graph.add_tool_call("read_file", {"path": "a.py"}).id, "x = 1")
        >>> phase_of(graph)
        'research'
    """
    choices = tuple(phases)
    if not choices:
        raise ValueError("got no phases; expected at least one")
    now = source if isinstance(source, Situation) else situation_of(source)
    own = next((phase.name for phase in choices if phase.holds is not None and phase.holds(now)), None)
    if own is not None:
        return own
    names = {phase.name for phase in choices}
    if "debugging" in names and (now.is_failure or now.failures > 1):
        return "debugging"
    votes = _votes(now, choices)
    return max((phase.name for phase in choices), key=lambda name: votes.get(name, 0.0)) if votes else choices[0].name


def phases_of(tool: Tool, phases: Iterable[Phase] = PHASES) -> frozenset[str]:
    """Return the phases that a tool is for: those it declares, else those its words speak for; none means all.

    Its name speaks first, then its description's first sentence. A tool that can do anything, a shell, is for all.

    Example:
        >>> from context_toolkit import Tool
        >>> sorted(phases_of(Tool("read_file"))), sorted(phases_of(Tool("bash", "Read, write, run.")))
        (['research'], [])
    """
    if tool.phases:
        return frozenset(tool.phases)
    name = _spelled(tool.name)
    if not _SHELLS.isdisjoint(words(name)):
        return frozenset()
    choices = tuple(phases)
    named = frozenset(phase.name for phase in choices if phase.fits(name))
    if named or not _RUNNERS.isdisjoint(words(name)):
        return named
    return frozenset(phase.name for phase in choices if phase.fits(tool.description.partition(".")[0]))


def _votes(now: Situation, phases: Sequence[Phase]) -> dict[str, float]:
    votes: defaultdict[str, float] = defaultdict(float)
    told = [_told(call) for call in now.calls[-_CALLS:]] or [now.task]
    for age, text in enumerate(reversed(told)):
        for phase in phases:
            if phase.fits(text):
                votes[phase.name] += _FADE**age
    return dict(votes)


def _told(call: Node) -> str:
    """Return the words that say what a call does."""
    if writes(call):
        return "write"
    name = _spelled(call.tool_name or "")
    if (_SHELLS | _RUNNERS).isdisjoint(words(name)):
        return name
    command = _command(call)
    return "test" if _TESTS.search(command) else command


def _command(call: Node) -> str:
    """Return the programs that a shell's call starts: the words at the beginning of each command."""
    try:
        arguments: Any = loads(call.content)
    except ValueError:
        arguments = {"command": call.content}
    told = (
        next((arguments[key] for key in _COMMAND_KEYS if key in arguments), "") if isinstance(arguments, dict) else ""
    )
    command = " ".join(map(str, told)) if isinstance(told, list) else str(told)
    starts = (part.split()[:2] for part in re.split(r"&&|\|\||[;|\n]", command[:500]))
    return " ".join(word for start in starts for word in start)


def _spelled(name: str) -> str:
    return name.replace("_", " ")
