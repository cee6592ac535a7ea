"""ToolSelector: the few of many tools that an agent is shown for its next step.

1. Tools that lack a grant are out; so are, where a phase is asked for, those of other phases.
2. Each other tool's evidence (``evidence.py``) is weighed and summed. That it was shown before is evidence, too: the
   tools stand at the very beginning of a prompt, and change only for a reason, so that its prefix stays cached.
3. What is always there goes first, then the best, as long as limit and token cap allow. A tool too large for what is
   left is passed over, and a smaller one after it may still fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core import Bm25Scorer, counter_for
from context_core.json_text import dumps
from context_toolkit.errors import ToolBudgetError, UnknownToolError
from context_toolkit.selection.evidence import Evidence
from context_toolkit.selection.grants import check_granted, granted_names
from context_toolkit.selection.phase import PHASES, phase_of, phases_of
from context_toolkit.selection.schemas import checked_form
from context_toolkit.selection.selection import Choice, Selection
from context_toolkit.selection.situation import situation_of
from context_toolkit.selection.tool import check_distinct
from context_toolkit.selection.tool_use import ToolUse
from context_toolkit.selection.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from context_core import ContextGraph, Node, Scorer, TokenCounter, Window
    from context_toolkit.selection.phase import Phase
    from context_toolkit.selection.situation import Situation
    from context_toolkit.selection.tool import Tool

LIMIT = 8
"""Tools that are shown unless another number is asked for."""
AUTO = "auto"
"""In place of a phase's name: the one that the session seems to be in."""


class ToolSelector:
    """Selects tools for a session's next step. It keeps nothing of a session, so one serves many.

    Args:
        tools: those there are.
        phases: the phases that an agent can be in; research, planning, implementation and debugging unless given.
        use: what earlier sessions teach about which tool comes next; nothing unless given.
        scorer: says how much a tool has to do with the task; `Bm25Scorer()` unless given.
        weights: how much each kind of evidence counts.
        counter: counts the tokens of definitions.
        to: the form in which definitions are counted.

    Raises:
        ValueError: two tools or two phases have one name, or a tool declares a phase that there is not.

    Example:
        >>> from context_toolkit import Tool, ToolSelector
        >>> tools = [Tool("read_file"), Tool("send_mail", "Send a mail."), Tool("drop", grants=frozenset({"admin"}))]
        >>> selection = ToolSelector(tools).select(task="Send the report by mail.", limit=1)
        >>> selection.names, selection.left_out["drop"]
        (('send_mail',), 'grant')
    """

    def __init__(
        self,
        tools: Iterable[Tool],
        *,
        phases: Iterable[Phase] = PHASES,
        use: ToolUse | None = None,
        scorer: Scorer | None = None,
        weights: Weights | None = None,
        counter: TokenCounter | None = None,
        to: str = "openai",
    ) -> None:
        self.tools = tuple(tools)
        self.phases = tuple(phases)
        self._places = {tool.name: place for place, tool in enumerate(self.tools)}
        check_distinct("tool", [tool.name for tool in self.tools])
        check_distinct("phase", [phase.name for phase in self.phases])
        if not self.phases or any(phase.name == AUTO for phase in self.phases):
            raise ValueError(f"got {'a phase named ' + repr(AUTO) if self.phases else 'no phases'}; expected others")
        for tool in self.tools:
            for phase in tool.phases:
                self._checked_phase(phase, f" for {tool.name!r}")
        self._of_phases = [phases_of(tool, self.phases) for tool in self.tools]
        self._weights = weights or Weights()
        self._evidence = Evidence(self.tools, use or ToolUse(), scorer or Bm25Scorer())
        definitions = [dumps(tool.definition(checked_form(to))) for tool in self.tools]
        self._tokens = (counter or counter_for()).count_many(definitions)

    @property
    def tokens(self) -> dict[str, int]:
        """What each tool's definition costs, by its name."""
        return {tool.name: tokens for tool, tokens in zip(self.tools, self._tokens, strict=True)}

    def select(
        self,
        source: ContextGraph | Window | Sequence[Node] | None = None,
        *,
        task: str | None = None,
        phase: str | None = None,
        limit: int = LIMIT,
        max_tokens: int | None = None,
        always: Iterable[str] = (),
        granted: Iterable[str] = (),
        shown: Selection | Iterable[str] = (),
    ) -> Selection:
        """Return the tools for the next step.

        Args:
            source: the session: a graph, a window, or nodes in order; None where it has not begun. A graph tells the
                most: of a window, the calls that summaries cover are gone.
            task: what is to be done; what the user said last unless given.
            phase: only tools for this phase, and those for all; ``auto`` takes the phase that the session seems to be
                in. Unless given, phases bar no tool: on real sessions a guessed phase hid tools that were needed.
            limit: tools at most.
            max_tokens: tokens of the definitions at most; as many as there are unless given.
            always: names of tools that are there in any case.
            granted: what this session was granted.
            shown: the selection before this one, or its names; what was shown stays, where the evidence is close.

        Raises:
            ValueError: there is no such phase, a number is negative, or `always` names more tools than `limit`.
            UnknownToolError: `always` names a tool that there is not.
            GrantMissingError: `always` names a tool that needs what was not granted.
            ToolBudgetError: the tools of `always` alone cost more than `max_tokens`.
        """
        grants = granted_names(granted)
        _check_number("limit", limit)
        _check_number("max_tokens", max_tokens)
        fixed = self._fixed(always, limit, max_tokens, grants)
        now = situation_of(source, task)
        at = phase_of(now, self.phases) if phase in (None, AUTO) else self._checked_phase(phase)
        left_out = self._barred(grants, at if phase is not None else None, fixed)
        reasons = self._reasons(now, _names("shown", shown))
        scores = [sum(row.values()) for row in reasons]
        free = [place for place, tool in enumerate(self.tools) if tool.name not in left_out and place not in fixed]
        free.sort(key=lambda place: (-scores[place], place))
        chosen = [*fixed, *self._fitting(fixed, free, limit, max_tokens, left_out)]
        choices = tuple(
            Choice(self.tools[place], scores[place], _ordered(reasons[place]), self._tokens[place], place in fixed)
            for place in sorted(chosen)
        )
        return Selection(choices, at, left_out, sum(choice.tokens for choice in choices))

    def _fixed(self, always: Iterable[str], limit: int, max_tokens: int | None, grants: frozenset[str]) -> list[int]:
        """Return the places of the tools that are there in any case."""
        names = _names("always", always)
        for name in names:
            if name not in self._places:
                raise UnknownToolError(name, self._places)
            check_granted(self.tools[self._places[name]], grants)
        if len(names) > limit:
            raise ValueError(f"got {len(names)} tools in always with limit={limit}; expected at most {limit}")
        fixed = [self._places[name] for name in names]
        needed = sum(self._tokens[place] for place in fixed)
        if max_tokens is not None and needed > max_tokens:
            raise ToolBudgetError(needed, max_tokens)
        return fixed

    def _barred(self, grants: frozenset[str], phase: str | None, fixed: Sequence[int]) -> dict[str, str]:
        """Return the tools that cannot be chosen, each with the reason."""
        barred: dict[str, str] = {}
        for place, tool in enumerate(self.tools):
            if not grants.issuperset(tool.grants):
                barred[tool.name] = "grant"
            elif (
                phase is not None
                and place not in fixed
                and self._of_phases[place]
                and phase not in self._of_phases[place]
            ):
                barred[tool.name] = "phase"
        return barred

    def _reasons(self, now: Situation, shown: Iterable[str]) -> list[dict[str, float]]:
        """Return what each kind of evidence adds to each tool's score."""
        weights = self._weights.mixed(self._evidence.use.familiarity(now))
        reasons: list[dict[str, float]] = [{} for _ in self.tools]
        for kind, found in self._evidence.gather(now, shown).items():
            weight = weights[kind]
            for place, value in found.items() if weight else ():
                reasons[place][kind] = weight * value
        return reasons

    def _fitting(
        self, fixed: Sequence[int], ranked: Iterable[int], limit: int, max_tokens: int | None, left_out: dict[str, str]
    ) -> list[int]:
        """Return the best that fit beside those there in any case; note the others as left out."""
        chosen: list[int] = []
        used = sum(self._tokens[place] for place in fixed)
        for place in ranked:
            if len(fixed) + len(chosen) >= limit:
                left_out[self.tools[place].name] = "rank"
            elif max_tokens is not None and used + self._tokens[place] > max_tokens:
                left_out[self.tools[place].name] = "tokens"
            else:
                chosen.append(place)
                used += self._tokens[place]
        return chosen

    def _checked_phase(self, phase: str, of: str = "") -> str:
        names = [known.name for known in self.phases]
        if phase not in names:
            raise ValueError(f"got phase {phase!r}{of}; expected one of {', '.join(names)}; or add it to phases")
        return phase


def _names(what: str, given: Selection | Iterable[str]) -> dict[str, None]:
    """Return names in order, each once."""
    if isinstance(given, str):
        raise ValueError(f"got {what}={given!r}; expected a list of names, such as [{given!r}]")
    return dict.fromkeys(given.names if isinstance(given, Selection) else given)


def _ordered(reasons: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(reasons.items(), key=lambda item: -item[1]))


def _check_number(name: str, value: int | None) -> None:
    if value is not None and value < 0:
        raise ValueError(f"got {name}={value}; expected 0 or more")
