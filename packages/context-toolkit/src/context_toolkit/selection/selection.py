"""Selection: the tools chosen, why each was, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from context_toolkit.selection.tool import Tool


@dataclass(frozen=True, slots=True)
class Choice:
    """One tool that was chosen.

    Attributes:
        tool: the tool.
        score: the sum of its reasons; comparable within one selection only.
        reasons: what each kind of evidence added to the score, the most first.
        tokens: what its definition costs.
        is_fixed: whether it was to be there in any case.
    """

    tool: Tool
    score: float
    reasons: Mapping[str, float]
    tokens: int
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """What an agent is shown.

    Attributes:
        choices: the tools, in the order in which they were registered: the same tools give the same bytes.
        phase: what the agent is at.
        left_out: of each other tool why: ``grant``, ``phase``, ``tokens`` or ``rank``.
        tokens: what the definitions cost together.
    """

    choices: tuple[Choice, ...]
    phase: str
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])
    tokens: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the tools, in order."""
        return tuple(choice.tool.name for choice in self.choices)

    def definitions(self, to: str = "openai") -> list[dict[str, Any]]:
        """Return the definitions as a provider's request takes them (see `Tool.definition`).

        Raises:
            ValueError: there is no such form.
        """
        return [choice.tool.definition(to) for choice in self.choices]

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __len__(self) -> int:
        return len(self.choices)
