"""LangChain's `trim_messages`: the last messages that fit the target, and the system prompt.

Setting: `strategy="last"`, an exact token counter, and `start_on` a user's or an assistant's message: no result stands
without its call, and more stays than with a start on a user's message only. System prompts are set aside: there may be
several, and `include_system` knows one. The limit is the target, or what the protected messages need if
that is more. There is no way back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from _protocol import SYSTEM, serve, tokens
from langchain_core.messages import convert_to_messages, trim_messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage


def compress(case: dict) -> list[dict]:
    """Return the system prompts and the last messages, each as it was."""
    messages = case["messages"]
    prompts = {number for number, message in enumerate(messages) if message["role"] in SYSTEM}
    needed = tokens(m for number, m in enumerate(messages) if number in prompts or number >= first_needed(case))
    room = max(case["target_tokens"], needed) - tokens(messages[number] for number in prompts)
    kept = trim_messages(
        [message for message in numbered(messages) if int(message.id) not in prompts],
        max_tokens=room,
        token_counter=lambda trial: tokens(messages[int(message.id)] for message in trial),
        strategy="last",
        start_on=("human", "ai"),
    )
    numbers = prompts | {int(message.id) for message in kept}
    return [messages[number] for number in sorted(numbers)]


def first_needed(case: dict) -> int:
    """Return the first protected message, or the call that it is a result of."""
    number = max(0, len(case["messages"]) - case["protected"])
    while number > 0 and case["messages"][number]["role"] == "tool":
        number -= 1
    return number


def numbered(messages: list[dict]) -> Sequence[BaseMessage]:
    """Return LangChain's messages, each with its number as its id."""
    converted = convert_to_messages(messages)
    for number, message in enumerate(converted):
        message.id = str(number)
    return converted


if __name__ == "__main__":
    serve(compress)
