"""Masking: old tool results give way to a short note, the oldest first, until the target is met.

Setting: as few results as the target allows; a result shorter than the note stays. There is no way back.
"""

from __future__ import annotations

from _protocol import count, old_results, replaced, serve, tokens

NOTE = "[old tool result cleared]"


def compress(case: dict) -> list[dict]:
    """Return the messages with notes in place of the oldest results."""
    messages = case["messages"]
    numbers = old_results(case)
    [note, *sizes] = count([NOTE, *(messages[number]["content"] for number in numbers)])
    over = tokens(messages) - case["target_tokens"]
    masked = {}
    for number, size in zip(numbers, sizes, strict=True):
        if over > 0 and size > note:
            masked[number] = NOTE
            over -= size - note
    return replaced(messages, masked)


if __name__ == "__main__":
    serve(compress)
