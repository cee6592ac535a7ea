"""OpenAI Responses: an array of items, a request body with `input` and `instructions`, a response body with `output`.

1. Each item is a message of its own; what the assistant does without a result between (reasoning, words, calls) is one
   group, as in any other form.
2. What the parts do not hold of an item (its type, id, status, hidden reasoning) stands in the metadata key ``item`` of
   its first part, and what a block has beside its text in that part's ``fields``: an item can be written as it was.
3. Bodies are followed as conversations are: what a body repeats of those before it is read once. A response's output
   follows the request before it, and a request the response that it names as the previous one.
4. Items that only the service understands are kept whole, as their JSON text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.hashing import chain_id
from context_core.json_text import canonical, dumps, json_object
from context_core.node import NodeType
from context_core.readers.notes import UNREADABLE, seconds
from context_core.transcript import Message, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes

FORMAT = "openai-responses"
CALLS = {
    "function_call": "arguments",
    "custom_tool_call": "input",
    "local_shell_call": "action",
    "shell_call": "action",
    "computer_call": "action",
    "apply_patch_call": "operation",
}
"""Calls that somebody else than the service answers, and the key that holds what is asked."""
INSTRUCTIONS = "instructions"
"""The type, in ``item``, of the message that a body's ``instructions`` are read as."""
_RESULTS = {f"{name}_output" for name in CALLS}
_OWN = {
    *CALLS,
    *_RESULTS,
    "reasoning",
    "item_reference",
    "mcp_call",
    "mcp_list_tools",
    "web_search_call",
    "file_search_call",
    "image_generation_call",
    "code_interpreter_call",
    "mcp_approval_request",
    "mcp_approval_response",
    "compaction",
}
_BLOCKS = {"input_text", "output_text", "input_image", "input_file", "refusal"}
_TEXTS = {
    "input_text": "text",
    "output_text": "text",
    "text": "text",
    "summary_text": "text",
    "reasoning_text": "text",
    "refusal": "refusal",
}


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the rows are items, or bodies that hold them."""
    first = rows[0]
    if first.get("object") == "response" and isinstance(first.get("output"), list):
        return True
    if "role" not in first and isinstance(first.get("input"), (str, list)) and isinstance(first.get("model"), str):
        return True
    if isinstance(first.get("input"), list) and set(first) <= {"input", INSTRUCTIONS}:
        rows = [item for item in first["input"] if isinstance(item, dict)]
    return any(_is_own(row) for row in rows) and all("role" in row or "type" in row for row in rows)


def _is_own(row: dict[str, Any]) -> bool:
    kind = str(row.get("type"))
    if kind in _OWN and "role" not in row:
        return "call_id" in row or kind not in (*CALLS, *_RESULTS)
    content = row.get("content")
    if not isinstance(row.get("role"), str):
        return False
    if isinstance(content, str):
        return kind == "message"
    return isinstance(content, list) and any(
        isinstance(block, dict) and str(block.get("type")) in _BLOCKS for block in content
    )


def messages(rows: Iterable[Row], notes: Notes, parent: str | None = None) -> Iterator[Message]:
    """Yield a message an item; each id commits to the item and all before it."""
    branch = _Branch(parent)
    for number, row in rows:
        if _is_body(row):
            yield from _of_body(row, branch, notes)
            continue
        try:
            yield from branch.follow(row)
        except UNREADABLE as error:
            notes.damaged(number, f"cannot be read as an item: {error}")


class _Branch:
    """The conversation that is being read: what the next item follows, and the group it belongs to."""

    def __init__(self, parent: str | None) -> None:
        self.parent = parent
        self.group: str | None = None
        self.seen: set[str] = set()
        self.ends: dict[str, str | None] = {}

    def begin(self, previous: Any) -> None:
        """Go on from a response that is named, or start anew, for a body that repeats what was said before."""
        self.parent = self.ends.get(previous) if isinstance(previous, str) else None
        self.group = None

    def follow(self, item: dict[str, Any], time: float | None = None, **metadata: Any) -> Iterator[Message]:
        """Yield the item's message, unless it was read before in this place."""
        role, parts, known = _item(item)
        message_id = chain_id(self.parent, canonical(_as_sent(item)))
        group = (self.group or message_id) if role == "assistant" else None
        kept = {"format": FORMAT, **known, **metadata}
        message = Message(message_id, self.parent, role, parts, group, time, kept)
        self.parent, self.group = message_id, group
        if message_id not in self.seen:
            self.seen.add(message_id)
            yield message


def _as_sent(item: dict[str, Any]) -> dict[str, Any]:
    """Return the item without what a response adds and a request leaves out, so that both are the same message."""
    kept = {key: value for key, value in item.items() if key not in ("id", "status")}
    if kept.get("type") == "message":
        del kept["type"]
    return kept


def _is_body(row: dict[str, Any]) -> bool:
    return (
        "role" not in row
        and str(row.get("type")) not in _OWN
        and ("input" in row or isinstance(row.get("output"), list))
    )


def _of_body(body: dict[str, Any], branch: _Branch, notes: Notes) -> Iterator[Message]:
    if isinstance(body.get("model"), str):
        notes.model = body["model"]
    said: list[Any] = []
    instructions = body.get("instructions")
    if "input" in body:
        branch.begin(body.get("previous_response_id"))
        asked = body["input"]
        said = [{"role": "user", "content": asked}] if isinstance(asked, str) else list(asked or ())
    if instructions and branch.parent is None:
        said = [*_instructions(instructions), *said]
    usage = {"usage": body["usage"]} if isinstance(body.get("usage"), dict) else {}
    time = seconds(body.get("created_at"))
    answers: list[Any] = body["output"] if isinstance(body.get("output"), list) else []
    for place, item in enumerate([*said, *answers], start=1):
        is_answer = place > len(said)
        try:
            if not isinstance(item, dict):
                raise ValueError(f"got {type(item).__name__}; expected an object")
            told = list(branch.follow(item, time if is_answer else None, **(usage if is_answer else {})))
        except UNREADABLE as error:
            notes.damaged(place, f"cannot be read as an item: {error}")
            continue
        if told and is_answer:
            usage = {}
        yield from told
    if isinstance(body.get("id"), str):
        branch.ends[body["id"]] = branch.parent


def _instructions(value: Any) -> list[Any]:
    return [{"type": INSTRUCTIONS, "role": "system", "content": value}] if isinstance(value, str) else list(value)


def _item(item: dict[str, Any]) -> tuple[str, tuple[Part, ...], dict[str, Any]]:
    """Return an item's role, its parts, and the metadata of the first."""
    kind = str(item.get("type", "message"))
    if kind in ("message", INSTRUCTIONS) and isinstance(item.get("role"), str):
        parts, layout = _content(item.get("content"))
        return (
            item["role"],
            parts,
            {"layout": layout if "content" in item else "absent", **_rest(item, "role", "content")},
        )
    call_id = item.get("call_id")
    if kind in CALLS and isinstance(call_id, str):
        named = ("name",) if item.get("name") else ()
        return "assistant", (_call(item, kind),), _rest(item, "call_id", *named, CALLS[kind])
    if kind in _RESULTS and isinstance(call_id, str):
        parts, layout = _output(item.get("output"), call_id)
        return "tool", parts, {"layout": layout if "output" in item else "absent", **_rest(item, "call_id", "output")}
    if kind == "reasoning":
        return "assistant", _reasoning(item), _rest(item, "summary", "content")
    if "type" not in item:
        raise ValueError(f"it has neither a role nor a type (keys: {', '.join(list(item)[:6])})")
    return "assistant", (Part(dumps(item), kind="other"),), {}


def _rest(item: dict[str, Any], *known: str) -> dict[str, Any]:
    rest = {key: value for key, value in item.items() if key not in known}
    return {"item": rest} if rest else {}


def _content(content: Any) -> tuple[tuple[Part, ...], str]:
    if isinstance(content, str):
        return (Part(content),), "string"
    if content is None:
        return (Part(""),), "null"
    if not isinstance(content, list):
        raise ValueError(f"got content of type {type(content).__name__}; expected a string or a list of blocks")
    return tuple(map(_block, content)) or (Part(""),), "list" if content else "empty"


def _block(block: Any) -> Part:
    if not isinstance(block, dict):
        raise ValueError(f"got a content block of type {type(block).__name__}; expected an object")
    kind = str(block.get("type"))
    key = _TEXTS.get(kind)
    if key is not None and isinstance(block.get(key), str):
        return Part(block[key], metadata={"fields": {name: value for name, value in block.items() if name != key}})
    return Part(dumps(block), kind="image" if kind == "input_image" else "other")


def _call(item: dict[str, Any], kind: str) -> Part:
    """Return a call; arguments that are no JSON object are kept as they were beside the object made of them."""
    key, name = CALLS[kind], item.get("name")
    if name is not None and not isinstance(name, str):
        raise ValueError(f"got a name of type {type(name).__name__}; expected a string")
    asked = item.get(key)
    is_free_text = kind == "custom_tool_call" and isinstance(asked, str)
    content = dumps({"input": asked}) if is_free_text else json_object(asked or "")
    metadata: dict[str, Any] = {"fields": {key: asked}} if content != asked and key in item else {}
    tool = name or kind.removesuffix("_call")
    return Part(content, NodeType.TOOL_CALL, call_id=item["call_id"], tool_name=tool, metadata=metadata)


def _output(output: Any, call_id: str) -> tuple[tuple[Part, ...], str]:
    if isinstance(output, list) and output and all(isinstance(block, dict) for block in output):
        found = [_block(block) for block in output]
        return tuple(
            Part(p.content, NodeType.TOOL_RESULT, p.kind, call_id, None, {**p.metadata, **({"block": n} if n else {})})
            for n, p in enumerate(found)
        ), "list"
    text, layout = (output, "string") if isinstance(output, str) else ("" if output is None else dumps(output), "json")
    return (Part(text, NodeType.TOOL_RESULT, call_id=call_id),), layout


def _reasoning(item: dict[str, Any]) -> tuple[Part, ...]:
    """Return each text of the reasoning; ``fields`` say where it stood, and hold lists of other blocks whole."""
    parts: list[Part] = []
    lists: dict[str, Any] = {}
    for key in ("summary", "content"):
        blocks: Any = item.get(key)
        if isinstance(blocks, list) and blocks and all(_is_thought(block) for block in blocks):
            parts += [_thought(block, key) for block in blocks]
        elif key in item:
            lists[key] = blocks
    first, *rest = parts or [Part("", kind="thinking")]
    if lists:
        fields = {**first.metadata.get("fields", {}), "lists": lists}
        first = Part(first.content, kind="thinking", metadata={"fields": fields})
    return (first, *rest)


def _thought(block: dict[str, Any], key: str) -> Part:
    own = {name: value for name, value in block.items() if name != "text"}
    return Part(block["text"], kind="thinking", metadata={"fields": {"in": key, "block": own}})


def _is_thought(block: Any) -> bool:
    return isinstance(block, dict) and isinstance(block.get("text"), str) and str(block.get("type")) in _TEXTS
