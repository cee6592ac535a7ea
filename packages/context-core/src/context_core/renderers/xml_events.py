"""One text in which each event is an XML element, named by what it is: a prompt in the style of 12-factor agents.

1. Events stand in the order of time, each with its content on lines of its own.
2. Content and attributes are escaped, so that no content can close or forge an element, and each reads back exactly.
3. An image or a file is named, with its size and the id of its content: a text cannot show it. What another provider
   hid (encrypted thinking) says nothing here.

Characters that XML 1.0 has no place for (most control characters) stand as they are.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from context_core.hashing import content_id, text_bytes
from context_core.node import Node, NodeType
from context_core.renderers.media import media_in
from context_core.renderers.rendered import told
from context_core.renderers.tool_names import tool_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from context_core.renderers.media import Media
    from context_core.window import Window

_SPEAKERS = ("system", "developer", "user", "assistant")
_TYPES = {NodeType.TOOL_CALL: "tool_call", NodeType.TOOL_RESULT: "tool_result", NodeType.SUMMARY: "summary"}


def render_xml(window: Window) -> str:
    """Return a window as one text of elements.

    Example:
        >>> from context_core import ContextGraph, window
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "is 1 < 2?")
        >>> _ = graph.add_tool_call("compare", {"a": 1}, call_id="c1")
        >>> print(render_xml(window(graph)))
        <user_message>
        is 1 &lt; 2?
        </user_message>
        <tool_call name="compare" id="c1">
        {"a":1}
        </tool_call>
    """
    names = tool_names(window)
    return "\n".join(_element(node, names) for node in window if node.type is not NodeType.MESSAGE or told(node))


def _element(node: Node, names: Mapping[str, str]) -> str:
    media = media_in(node)
    own = _of_tool(node, names) | {"agent": node.metadata.get("agent")}
    if media is not None:
        head = _head("image" if media.is_image else "file", {**own, **_about(node, media)})
        return f"<{head}/>"
    name = _name(node)
    role = {"role": node.role} if name == "message" else {}
    text = told(node) if node.kind == "other" else node.content
    return f"<{_head(name, {**role, **own})}>\n{_escaped(text)}\n</{name}>"


def _name(node: Node) -> str:
    if node.type in _TYPES:
        return _TYPES[node.type]
    if node.kind != "text":
        return "thinking" if node.kind == "thinking" else "other"
    if "reminder" in node.metadata:
        return "reminder"
    return f"{node.role}_message" if node.role in _SPEAKERS else "message"


def _of_tool(node: Node, names: Mapping[str, str]) -> dict[str, str | None]:
    """Return the attributes of a call or result; a result's further blocks are numbered."""
    if node.type not in (NodeType.TOOL_CALL, NodeType.TOOL_RESULT):
        return {}
    block = node.metadata.get("block")
    failed = node.metadata.get("result_fields", {}).get("is_error") is True
    return {
        "name": names.get(node.id),
        "id": node.call_id,
        "block": None if block is None else str(block),
        "error": "true" if failed else None,
    }


def _about(node: Node, media: Media) -> dict[str, str | None]:
    if media.url:
        return {"url": media.url}
    return {
        "media_type": media.media_type,
        "name": media.name,
        "bytes": str(media.size),
        "content": content_id(text_bytes(node.content)),
    }


def _head(name: str, attributes: Mapping[str, str | None]) -> str:
    given = {key: value for key, value in attributes.items() if value is not None}
    return " ".join([name, *(f'{key}="{_attribute(value)}"' for key, value in given.items())])


def _escaped(text: str) -> str:
    """Return a text as an element's content; a parser would make a line feed of a carriage return."""
    return escape(text, quote=False).replace("\r", "&#13;")


def _attribute(text: str) -> str:
    return escape(text).replace("\r", "&#13;").replace("\n", "&#10;").replace("\t", "&#9;")
