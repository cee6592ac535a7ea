"""LangChain's `ClearToolUsesEdit`: old tool results become `[cleared]`.

Setting: `trigger` is the target, `keep` the results among the protected messages, `clear_at_least` what is over the
target, so that no more is cleared than must be; an exact token counter. There is no way back.
"""

from __future__ import annotations

from _protocol import old, replaced, serve, tokens
from langchain.agents.middleware import ClearToolUsesEdit
from langchain_core.messages import ToolMessage, convert_to_messages


def compress(case: dict) -> list[dict]:
    """Return the messages with the oldest results cleared."""
    messages = case["messages"]
    converted = convert_to_messages(messages)
    over = tokens(messages) - case["target_tokens"]
    recent = sum(message["role"] == "tool" for message in messages[len(messages) - case["protected"] :])
    edited = list(converted)
    edit = ClearToolUsesEdit(trigger=case["target_tokens"], clear_at_least=max(1, over), keep=recent)
    edit.apply(edited, count_tokens=lambda trial: counted(messages, trial))
    changed = {n: edited[n].content for n in old(case) if edited[n] is not converted[n]}
    return replaced(messages, changed)


def counted(messages: list[dict], trial: list) -> int:
    """Return the tokens of edited messages."""
    results = {n: m.content for n, m in enumerate(trial) if isinstance(m, ToolMessage) and isinstance(m.content, str)}
    return tokens(replaced(messages, results))


if __name__ == "__main__":
    serve(compress)
