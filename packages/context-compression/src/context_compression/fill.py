"""Fill: the summaries of a plan are written, between planning and applying; nothing else is touched.

Each summary is a heading with its reference and, below it, a summarizer's words. A summarizer that fails, says nothing
or says more than it may gives way to the extractive one; where even that does not fit, the heading stands alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_compression.summarizer import ExtractiveSummarizer
from context_core import SummaryFailed, emit, part_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from context_compression.candidate import Candidate
    from context_compression.plan import Plan
    from context_compression.summarizer import Summarizer
    from context_core import Node, TokenCounter


def fill(plan: Plan, counter: TokenCounter, summarizer: Summarizer | None = None, task: str | None = None) -> Plan:
    """Return the plan with every summary written.

    Args:
        plan: what was chosen.
        counter: counts the tokens of what is written.
        summarizer: writes the words; the extractive one unless given.
        task: what the agent is to do next, for summarizers that heed it.
    """
    writers = [w for w in (summarizer, ExtractiveSummarizer(counter)) if w is not None]
    return plan.with_candidates(
        [
            _filled(c, counter, writers, task, plan.session_id) if c.is_summary and not c.after.content else c
            for c in plan.candidates
        ]
    )


def _filled(
    candidate: Candidate, counter: TokenCounter, writers: Sequence[Summarizer], task: str | None, session_id: str
) -> Candidate:
    heading = _heading(candidate.nodes, candidate.after.elided or "")
    room = candidate.tokens_after - part_tokens(counter, heading + "\n")
    for writer in writers:
        text = f"{heading}\n{_written(writer, candidate.nodes, room, task, session_id)}"
        tokens = part_tokens(counter, text)
        if not text.endswith("\n") and tokens <= candidate.tokens_after:
            return candidate.filled(candidate.after.evolve(content=text, tokens=tokens))
    return candidate.filled(candidate.after.evolve(content=heading, tokens=part_tokens(counter, heading)))


def _written(writer: Summarizer, nodes: Sequence[Node], room: int, task: str | None, session_id: str) -> str:
    """Return a summarizer's words, or none where it fails, which sinks are told: no summary is worth the session."""
    if room <= 0:
        return ""
    try:
        text = writer.summarize(nodes, room, task)
    except Exception as error:
        emit(SummaryFailed(session_id, type(writer).__name__, repr(error)))
        return ""
    return text.strip() if isinstance(text, str) else ""  # pyright: ignore[reportUnnecessaryIsInstance]


def _heading(nodes: Sequence[Node], reference: str) -> str:
    tokens = sum(node.metadata.get("original_tokens", node.tokens) for node in nodes)
    return f"[summary of {len(nodes)} parts, {tokens} tokens; expand {reference}]"
