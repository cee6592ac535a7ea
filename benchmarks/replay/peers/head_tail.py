"""Head and tail: of each old tool result that is longer than some length, the first and the last half of it stay.

Setting: one length for all results, the greatest that meets the target; where none does, only the note of what was
cut stays. There is no way back.
"""

from __future__ import annotations

from _protocol import cap, count, old_results, replaced, serve, tokens

NOTE = "\n[... {} characters cut ...]\n"
NOTE_TOKENS = 12


def compress(case: dict) -> list[dict]:
    """Return the messages with the middle of long results cut out."""
    kept = cap(case, NOTE_TOKENS)
    found = cut_all(case, kept)
    over = tokens(found) - case["target_tokens"]
    while over > 0 and kept > 0:  # a head and a tail may be denser than the text they are of
        kept = max(0, kept - 1 - over // len(old_results(case)))
        found = cut_all(case, kept)
        over = tokens(found) - case["target_tokens"]
    return found


def cut_all(case: dict, kept: int) -> list[dict]:
    """Return the messages with about so many tokens of each result that is longer."""
    messages, numbers = case["messages"], old_results(case)
    sizes = count([messages[number]["content"] for number in numbers])
    long = [(number, size) for number, size in zip(numbers, sizes, strict=True) if size > kept + NOTE_TOKENS]
    return replaced(messages, {number: cut(messages[number]["content"], kept / size) for number, size in long})


def cut(text: str, share: float) -> str:
    """Return a share of a text, half from its head and half from its tail."""
    half = int(len(text) * share / 2)
    note = NOTE.format(len(text) - 2 * half)
    return text[:half] + note + text[len(text) - half :] if half else note.strip()


if __name__ == "__main__":
    serve(compress)
