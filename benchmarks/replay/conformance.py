"""The compaction conformance kit, with our pipeline as its compactor.

    uv run python -m benchmarks.replay.conformance

The kit (`compaction-conformance-kit` on PyPI) plants rules, facts, goals and preferences in made-up chats, has a
compactor shrink them to a share of their characters, five times over, and looks for the planted words in the text that
is left. So it judges sight alone: a reference to an original counts as nothing. The chats are short turns of users and
assistants, with no tool results, and nothing tells planted turns from the others but their words; its own checklists
know the headers that it plants.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.replay.environments import python_of
from context_compression import CompressionPipeline
from context_core import BudgetExceededError, EncodingCounter, build, read, render

if TYPE_CHECKING:
    from collections.abc import Sequence

_STEP = 0.95
"""Of the target in tokens, what the next try is given where a text is still too long in characters."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Who said what, as the kit's own class of this name."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Compacted:
    """What the kit takes."""

    text: str
    compactor_name: str
    round_num: int = 1
    structured: None = None


class PipelineCompactor:
    """Our `CompressionPipeline` behind the kit's interface."""

    name = "context-compression"

    def compact(self, turns: Sequence[Turn], round_num: int = 1, budget_chars: int | None = None) -> Compacted:
        """Return the turns as text of at most so many characters, or as few as can be."""
        if len(turns) == 1:  # the text of the round before, which the kit hands over as a system prompt
            return Compacted(turns[0].text, self.name, round_num)
        messages = [{"role": turn.role if turn.role != "tool" else "user", "content": turn.text} for turn in turns]
        return Compacted(compacted(messages, budget_chars), self.name, round_num)


def compacted(messages: list[dict], budget_chars: int | None) -> str:
    """Return compressed messages as text, a line for each; budgets in characters are met by trying smaller targets."""
    text = as_text(messages)
    if budget_chars is None:
        return text
    target = EncodingCounter().count(text) * budget_chars / len(text)
    while len(text) > budget_chars:
        graph = build(read(messages))
        try:
            CompressionPipeline().compress(graph, target_tokens=int(target))
        except BudgetExceededError:
            break
        text = as_text(render(graph))
        target *= _STEP
    return text


def as_text(messages: list[dict]) -> str:
    """Return messages as the kit writes them."""
    return "\n".join(f"[{message['role']}] {message['content']}" for message in messages)


def main(arguments: list[str] | None = None) -> None:
    """Print the kit's table, for our pipeline and the kit's own compactors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--budgets", nargs="+", type=float, default=[0.1, 0.2, 0.3])
    parser.add_argument("--seeds", type=int, default=4)
    asked = parser.parse_args(arguments)
    home = python_of("conformance").parents[1]
    sys.path.append(str(home / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"))
    from compaction_kit.adapters import ProgressiveSummaryCompactor
    from compaction_kit.benchmark import budget_benchmark_to_markdown, run_budget_benchmark
    from compaction_kit.compactors import ChecklistCompactor, LossyTruncationCompactor, SummaryTailCompactor

    compared = (
        PipelineCompactor,
        LossyTruncationCompactor,
        SummaryTailCompactor,
        ProgressiveSummaryCompactor,
        ChecklistCompactor,
    )
    factories = {each.name: each for each in compared}
    found = run_budget_benchmark(factories, budgets=asked.budgets, seeds=range(1, asked.seeds + 1))
    print(budget_benchmark_to_markdown(found))


if __name__ == "__main__":
    main()
