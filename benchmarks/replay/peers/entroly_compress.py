"""Entroly's `compress_messages`: aged tool results become a line, then old messages are cut to what the task needs.

Setting: its budget is the target less what it does not count (calls, and what messages cost beside their texts), taken
to its own measure; `preserve_last_n` is the case's; system prompts are set aside, since it would cut them; the profile
`balanced`, as by default (`safe` and `max` keep as many tokens). There is no way back from this call: its exact
recovery is for what its MCP server and proxy select.
"""

from __future__ import annotations

from _protocol import SYSTEM, serve, tokens
from entroly import compress_messages, count_tokens


def compress(case: dict) -> list[dict]:
    """Return the messages with compressed contents."""
    messages = case["messages"]
    free = [number for number, message in enumerate(messages) if message["role"] not in SYSTEM]
    given = [messages[number] for number in free]
    texts = [m["content"] for m in given if isinstance(m.get("content"), str)]
    budget = sum(map(count_tokens, texts)) - (tokens(messages) - case["target_tokens"])
    found = compress_messages(given, budget=max(1, budget), preserve_last_n=case["protected"])
    changed = dict(zip(free, found, strict=True))
    last = len(messages) - case["protected"]
    return [changed.get(n, m) if n < last else m for n, m in enumerate(messages)]


if __name__ == "__main__":
    serve(compress)
