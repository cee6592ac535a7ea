"""Questions with known evidence, from real transcripts: what an agent went on to use, and where it had stood before.

1. A question is a user's instruction, or the words in which an assistant says what it is about to do.
2. The calls that follow (up to the next instruction; for an assistant's words, those of the same message) use values:
   paths, ids, names.
3. Its evidence: for each such value that is rare, had been said before and is not said by the question itself, the
   nodes that have it.
4. Recall at k: of a question's values, the share that the first k nodes found have. Only nodes before the question can
   be found.

From chats, as a check of another kind: ten customers' chats stand in one long session; the question is a customer's
wish as the data set describes it (no one in the chat sees that text); the values are the arguments of the actions that
would be right.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from context_core import ContextGraph, NodeType

RECENT = 20
"""Evidence farther back than so many nodes is called far: no look at the last nodes would find it."""
_FIRST = 30
"""Nodes that must stand before a question; with fewer, ten of them are no find."""
_VALUE = re.compile(r"[A-Za-z0-9_#@~][A-Za-z0-9_./:@#~-]{3,199}")


@dataclass(frozen=True)
class Question:
    text: str
    position: int
    kind: str
    evidence: dict[str, list[str]]


def session_questions(graph: ContextGraph) -> list[Question]:
    """Return the questions of a coding session, with the ids of the nodes that answer them."""
    nodes = list(graph.nodes())
    carriers: dict[str, list[str]] = {}
    questions = []
    for position, node in enumerate(nodes):
        kind = _kind(nodes, position)
        if kind is not None:
            common = max(3, position // 20)
            used = {value for call in _calls(nodes, position, kind) for value in _argument_values(call)}
            said = node.content.lower()
            evidence = {
                value: list(carriers[value])
                for value in sorted(used)
                if len(carriers.get(value, ())) in range(1, common + 1) and value.lower() not in said
            }
            if evidence:
                questions.append(Question(node.content, position, kind, evidence))
        for value in values(node.content) if node.kind != "image" else ():
            carriers.setdefault(value, []).append(node.id)
    return questions


def chat_session(name: str, chats: list[dict]) -> tuple[ContextGraph, list[Question]]:
    """Return chats as one session, and a question a chat; a chat has ``messages``, ``question`` and ``values``."""
    graph = ContextGraph(name)
    owners = [[node.id for message in chat["messages"] for node in _said(graph, message)] for chat in chats]
    questions = []
    for chat, owned in zip(chats, owners, strict=True):
        evidence = {}
        for value in sorted(chat["values"]):
            whole = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
            holders = [node.id for node in graph.nodes() if whole.search(node.content)]
            rare = len(value) > 2 and len(holders) <= max(6, len(graph) // 20)
            if rare and set(holders) & set(owned) and value.lower() not in chat["question"].lower():
                evidence[value] = [node_id for node_id in holders if node_id in owned]
        if evidence:
            questions.append(Question(chat["question"], len(graph), "wish", evidence))
    return graph, questions


def recall(found: list[str], question: Question, k: int = 10) -> float:
    """Return the share of the question's values that the first k nodes have."""
    top = set(found[:k])
    return sum(bool(top & set(holders)) for holders in question.evidence.values()) / len(question.evidence)


def far(graph: ContextGraph, question: Question) -> Question | None:
    """Return the question with its far evidence only, or None where it has none."""
    horizon = question.position - RECENT
    kept = {v: ids for v, ids in question.evidence.items() if max(graph.position(i) for i in ids) < horizon}
    return Question(question.text, question.position, question.kind, kept) if kept else None


def values(text: str) -> set[str]:
    """Return what looks like a name, a path or an id rather than like a word."""
    found = {match.rstrip("./:-@#~") for match in _VALUE.findall(text)}
    return {value for value in found if len(value) > 3 and _is_name(value)}


def flat_strings(value) -> list[str]:
    """Return all strings inside a JSON value."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in inner for text in flat_strings(item)]


def _is_name(value: str) -> bool:
    if value.replace(".", "").replace("-", "").isdigit():
        return value.isdigit() and len(value) >= 6
    return bool(re.search(r"[0-9_/.@#]|[a-z][A-Z]", value))


def _kind(nodes, position):
    node = nodes[position]
    if position < _FIRST or "thread" in node.metadata or not 20 <= len(node.content) < 4_000:
        return None
    if node.is_instruction and "recap" not in node.metadata:
        return "instruction"
    following = nodes[position + 1] if position + 1 < len(nodes) else None
    speaks = node.role == "assistant" and node.type is NodeType.MESSAGE and node.kind == "text"
    acts = following is not None and following.type is NodeType.TOOL_CALL and following.message_id == node.message_id
    return "intent" if speaks and acts else None


def _calls(nodes, position, kind):
    for node in nodes[position + 1 :]:
        if node.is_instruction:
            return
        same = node.message_id == nodes[position].message_id or node.type is NodeType.TOOL_RESULT
        if kind == "intent" and not same:
            return
        if node.type is NodeType.TOOL_CALL:
            yield node


def _argument_values(call):
    """Return the values of a call's short arguments; a long one is a file that the agent wrote."""
    try:
        strings = flat_strings(json.loads(call.content))
    except ValueError:
        strings = [call.content]
    return {value for text in strings if len(text) <= 400 for value in values(text)}


def _said(graph, message):
    content, calls = message.get("content") or "", message.get("tool_calls") or []
    if message["role"] == "system":
        return []
    if message["role"] == "tool":
        open_calls = graph.calls(message["tool_call_id"])
        return [graph.add_tool_result(open_calls[-1], content)] if open_calls else []
    said = [graph.add_message(message["role"], content)] if content else []
    for call in calls:
        function = call.get("function", call)
        said.append(graph.add_tool_call(function["name"], function["arguments"], call_id=call["id"]))
    return said
