"""Fill: the summaries of a plan are written, between planning and applying; nothing else is touched.

Each summary is a heading with its reference, and the lines that the planner kept. Where there is room for words between
them, who writes them is a ladder:

1. the summarizer that was given;
2. the extractive one, where that one raises, writes nothing, no text, or more than it may;
3. nobody, where not even that fits.

What did not fit is never stored, and sinks hear why a summarizer was passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_compression.summarizers.extractive import ExtractiveSummarizer
from context_core import SummaryFailed, emit, operation, part_tokens

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
        [_filled(c, counter, writers, task, plan.session_id) if c.room else c for c in plan.candidates]
    )


def _filled(
    candidate: Candidate, counter: TokenCounter, writers: Sequence[Summarizer], task: str | None, session_id: str
) -> Candidate:
    """Return the candidate with words between its heading and the lines that stay."""
    cap = candidate.tokens_after
    heading, _, lines = candidate.after.content.partition("\n")
    for writer in writers:
        with operation("summarize", session_id, summarizer=type(writer).__name__, max_tokens=candidate.room) as running:
            words, failure = _written(writer, candidate.nodes, candidate.room, task)
            running.note(nodes=len(candidate.nodes), failed=bool(failure))
            running.note_content(summary=words)
        text = "\n".join(part for part in (heading, words, lines) if part)
        tokens = part_tokens(counter, text)
        if words and tokens <= cap:
            return candidate.filled(candidate.after.evolve(content=text, tokens=tokens))
        if failure or tokens > cap:
            failure = failure or f"wrote {tokens - cap:,} tokens more than the {candidate.room:,} it may"
            emit(SummaryFailed(session_id, type(writer).__name__, failure))
    return candidate.filled(candidate.after)


def _written(writer: Summarizer, nodes: Sequence[Node], room: int, task: str | None) -> tuple[str, str]:
    """Return a summarizer's words, and why there are none: no summary is worth the session."""
    try:
        text: Any = writer.summarize(nodes, room, task)
    except Exception as error:
        return "", repr(error)
    if not isinstance(text, str):
        return "", f"wrote {type(text).__name__}; expected a text"
    words = str.strip(text)  # of a str's subclass, too, a plain text
    is_fault = not words and not isinstance(writer, ExtractiveSummarizer)  # that one has nothing where no line fits
    return words, "wrote nothing" if is_fault else ""
