"""Fill: the summaries of a plan are written, between planning and applying; nothing else is touched.

Each summary is a heading with its reference and, below it, words. Who writes them is a ladder:

1. the summarizer that was given;
2. the extractive one, where that one raises, writes nothing, no text, or more than it may;
3. nobody: the heading stands alone, where not even that fits.

What did not fit is never stored, and sinks hear why a summarizer was passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_compression.summarizers.extractive import ExtractiveSummarizer
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
    cap = candidate.tokens_after
    heading = _heading(candidate.nodes, candidate.after.elided or "")
    text, tokens = heading, part_tokens(counter, heading)
    room = cap - part_tokens(counter, heading + "\n")
    for writer in writers if room > 0 else ():
        words, failure = _written(writer, candidate.nodes, room, task)
        with_words = f"{heading}\n{words}"
        excess = part_tokens(counter, with_words) - cap if words else 0
        if words and excess <= 0:
            text, tokens = with_words, cap + excess
            break
        if failure or excess:
            failure = failure or f"wrote {excess:,} tokens more than the {room:,} it may"
            emit(SummaryFailed(session_id, type(writer).__name__, failure))
    return candidate.filled(candidate.after.evolve(content=text, tokens=tokens))


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


def _heading(nodes: Sequence[Node], reference: str) -> str:
    tokens = sum(node.metadata.get("original_tokens", node.tokens) for node in nodes)
    return f"[summary of {len(nodes)} parts, {tokens} tokens; expand {reference}]"
