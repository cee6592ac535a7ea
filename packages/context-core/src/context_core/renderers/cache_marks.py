"""Cache breakpoints: where a provider is asked to keep a prompt's prefix.

A session that marks each request's end gathers more of them than one request may have. Those of the system prompt
stay, for it is the prefix of every request, and of the others the last, for they reach farthest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.renderers.rendered import Rendered

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK = "cache_control"


def at_most(count: int, rendered: Rendered) -> Rendered:
    """Return messages with no more breakpoints than a request may have; unchanged where they have no more.

    Args:
        count: how many it may have.
        rendered: Anthropic's messages and system prompt.

    Example:
        >>> block = {"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}}
        >>> [message] = at_most(1, Rendered([{"role": "user", "content": [block, block]}]))
        >>> ["cache_control" in block for block in message["content"]]
        [False, True]
    """
    beside = sum(1 for _ in _marked(rendered.system))
    among = sum(1 for _ in _marked(list(rendered)))
    surplus = beside + among - count
    if surplus <= 0:
        return rendered
    messages, left = _without(list(rendered), surplus)
    system, _ = _without(rendered.system, left)
    return Rendered(messages, system, names=rendered.names)


def _marked(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the blocks that carry a breakpoint, in order: those of a message, and those within a result."""
    for block in _blocks(value):
        if _MARK in block:
            yield block
        yield from _marked(block.get("content"))


def _blocks(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _without(value: Any, surplus: int) -> tuple[Any, int]:
    """Return blocks without their first breakpoints, and how many are still too many."""
    if not isinstance(value, list):
        return value, surplus
    kept: list[Any] = []
    for block in value:
        if surplus and isinstance(block, dict):
            if _MARK in block:
                block = {key: item for key, item in block.items() if key != _MARK}
                surplus -= 1
            if "content" in block:
                content, surplus = _without(block["content"], surplus)
                block = {**block, "content": content}
        kept.append(block)
    return kept, surplus
