"""Histories of several agents in one conversation: `history`, each message with a `name`, or a role that is one.

- Each agent is an assistant; its name stands in the metadata key ``agent``, and whom it addressed in ``to``.
- ``Orchestrator (thought)`` is that agent's thinking, ``Orchestrator (-> WebSurfer)`` its words to another.
- What a terminal printed is no instruction of a user's.
- The agents' system prompts, where the file has them, come first.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from context_core.readers.blocks import content_parts
from context_core.readers.chain import Chain
from context_core.readers.notes import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message

FORMAT = "multi-agent"
_SPEAKER = re.compile(r"^(?P<agent>[^()]+?) *\((?P<how>.*)\)$")
_HUMANS = {"human", "user"}
_TERMINALS = {"computer_terminal", "computerterminal", "terminal"}


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the first row has a history whose messages name their speakers."""
    history: Any = rows[0].get("history") or rows[0].get("chat_history")
    if not isinstance(history, list) or not history:
        return False
    told = all(isinstance(m, dict) and "content" in m and isinstance(m.get("role"), str) for m in history[:5])
    return told and not any({"action", "agent", "message_type"} & set(m) for m in history[:5])


def sessions(rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield each history, named by its question's id where it has one."""
    for row in rows:
        name = row[1].get("question_ID", row[1].get("question_id"))
        yield name if isinstance(name, str) else None, [row]


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield the messages of one history."""
    chain = Chain(FORMAT)
    for _, row in rows:
        prompts: Any = row.get("system_prompt")
        for agent, prompt in prompts.items() if isinstance(prompts, dict) else [(None, prompts)]:
            if isinstance(prompt, str) and prompt:
                yield chain.add("system", content_parts(prompt), [agent, prompt], agent=agent)
        for place, message in enumerate(row.get("history") or row.get("chat_history") or (), start=1):
            try:
                yield _message(message, chain)
            except UNREADABLE as error:
                notes.damaged(place, f"cannot be read as a message: {error}")


def _message(message: Any, chain: Chain) -> Message:
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise ValueError("it has no role")
    role, name = message["role"], message.get("name")
    parts = content_parts(message.get("content"))
    if isinstance(name, str) and name:
        if name.lower() in _TERMINALS:
            told = tuple(replace(part, metadata={**part.metadata, "reminder": True}) for part in parts)
            return chain.add("user", told, message, agent=name)
        return chain.add("user" if name.lower() in _HUMANS else "assistant", parts, message, agent=name)
    if role.lower() in _HUMANS or role in ("system", "assistant", "tool", "developer"):
        return chain.add("user" if role.lower() in _HUMANS else role, parts, message)
    found = _SPEAKER.match(role)
    agent, how = (found["agent"], found["how"]) if found else (role, "")
    if how == "thought":
        parts = tuple(replace(part, kind="thinking") if part.kind == "text" else part for part in parts)
    to = how.removeprefix("->").strip() if how.startswith("->") else None
    return chain.add("assistant", parts, message, agent=agent, to=to)
