"""OpenAI Responses: items.

1. What was read in this form is written as it was (`responses_items`), and `instructions` stand beside the items.
2. Of other forms: words are messages, calls are function calls, results stand behind them; results with images are
   lists; thinking, and what only another provider knows, is told as text.
3. A call of a kind with arguments of its own shape, such as a shell's, is written as a function call where its result
   is missing or compressed: its own kind takes no text in its place.
4. Where reasoning is missing before what followed from it, that loses its item id: the service would ask for the
   reasoning of that very item.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from context_core.json_text import json_object
from context_core.node import Node, NodeType
from context_core.readers.openai_responses import FORMAT, INSTRUCTIONS
from context_core.renderers.media import Media, media_in
from context_core.renderers.rendered import Rendered, split_results, told
from context_core.renderers.responses_items import PLAIN_CALLS, is_read, kind_of, read_item, text_type
from context_core.renderers.turns import turns_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from context_core.arrange import Turn
    from context_core.window import Window

_ROLES = ("system", "developer", "user", "assistant")


def render_openai_responses(window: Window) -> Rendered:
    """Return a window as items, with a body's instructions beside them in the attribute `system`."""
    turns = turns_for(window, FORMAT)
    instructions = None
    if turns and is_read(turns[0].nodes) and kind_of(turns[0].nodes[0]) == INSTRUCTIONS:
        instructions, turns = turns[0].nodes[0].content, turns[1:]
    forms = _forms(turns)
    items = [item for turn in turns for item in _items(turn, forms)]
    return Rendered(items, instructions, names=("instructions", "input"))


def _forms(turns: Sequence[Turn]) -> dict[str | None, str]:
    """Return the type of item that each call is written as, by its call id."""
    results = {
        nodes[0].call_id: nodes
        for turn in turns
        for nodes in split_results(node for node in turn.nodes if node.type is NodeType.TOOL_RESULT)
    }
    calls = (node for turn in turns for node in turn.nodes if node.type is NodeType.TOOL_CALL)
    return {call.call_id: _form(call, results.get(call.call_id)) for call in calls}


def _form(call: Node, result: Sequence[Node] | None) -> str:
    if not is_read((call,)):
        is_custom = call.metadata.get("fields", {}).get("type") == "custom"
        return "custom_tool_call" if is_custom else "function_call"
    kind = kind_of(call)
    fits = result is None or (is_read(result) and kind_of(result[0]) == f"{kind}_output" and read_item(result))
    return kind if kind in PLAIN_CALLS or (fits and read_item((call,))) else "function_call"


def _items(turn: Turn, forms: Mapping[str | None, str]) -> Iterator[dict[str, Any]]:
    """Yield the items of a turn; the parts of one item, or of one message of another form, stand together."""
    head = turn.nodes[0]
    is_torn = head.message_id != _item_id(head)
    for _, run in groupby(turn.nodes, key=_item_id):
        nodes = tuple(run)
        item = _as_read(nodes, forms)
        if item is None:
            is_torn = True
            yield from _told(nodes, forms)
        elif is_torn and item.get("type", "message") in ("message", *PLAIN_CALLS):
            yield {key: value for key, value in item.items() if key != "id"}
        else:
            yield item


def _item_id(node: Node) -> str:
    return node.id.rpartition("/")[0]


def _as_read(nodes: Sequence[Node], forms: Mapping[str | None, str]) -> dict[str, Any] | None:
    """Return the item as it was read, None where it was not, or where its call is written in another way."""
    first = nodes[0]
    if not is_read(nodes):
        return None
    form, kind = forms.get(first.call_id), kind_of(first).removesuffix("_output")
    if first.type is not NodeType.MESSAGE and form != kind and not (form in PLAIN_CALLS and kind in PLAIN_CALLS):
        return None
    return read_item(nodes)


def _told(nodes: Iterable[Node], forms: Mapping[str | None, str]) -> Iterator[dict[str, Any]]:
    """Yield the items for parts of another form, calls last: nothing may stand between them and their results."""
    calls_last = sorted(nodes, key=lambda node: node.type is NodeType.TOOL_CALL)
    for (kind, role), run in groupby(calls_last, key=lambda node: (node.type, node.role)):
        if kind is NodeType.TOOL_CALL:
            yield from (_call(node, forms[node.call_id]) for node in run)
        elif kind is NodeType.TOOL_RESULT:
            yield from (_result(blocks, forms.get(blocks[0].call_id)) for blocks in split_results(run))
        else:
            speaker = role if role in _ROLES else "user"
            content = _content(run, text_type(speaker))
            if content:
                yield {"role": speaker, "content": content}


def _call(node: Node, form: str) -> dict[str, Any]:
    head = {"type": form, "call_id": node.call_id, "name": node.tool_name}
    if form == "custom_tool_call":
        return {**head, "input": node.content}
    return {**head, "arguments": json_object(node.content)}


def _result(blocks: Sequence[Node], form: str | None) -> dict[str, Any]:
    kind = form if form in PLAIN_CALLS else "function_call"
    is_text = len(blocks) == 1 and blocks[0].kind == "text"
    output = blocks[0].content if is_text else _content(blocks, "input_text")
    return {"type": f"{kind}_output", "call_id": blocks[0].call_id, "output": output}


def _content(nodes: Iterable[Node], text_type: str) -> str | list[dict[str, Any]]:
    """Return a text, or blocks where there are several or one is no text; blank texts say nothing."""
    blocks = [block for node in nodes if (block := _block(node, text_type)) is not None]
    if not blocks:
        return ""
    return blocks[0]["text"] if len(blocks) == 1 and "text" in blocks[0] else blocks


def _block(node: Node, text_type: str) -> dict[str, Any] | None:
    media = media_in(node)
    if media is not None:
        return _media(media)
    text = told(node)
    return {"type": text_type, "text": text} if text.strip() else None


def _media(media: Media) -> dict[str, Any]:
    """Return an image or a file as this form writes it."""
    if media.is_image:
        return {"type": "input_image", "image_url": media.address, "detail": media.detail or "auto"}
    if media.url:
        return {"type": "input_file", "file_url": media.url}
    return {"type": "input_file", "filename": media.name or "file", "file_data": media.address}
