"""Providers' token figures: what a prompt was billed as, whoever billed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.node import NodeType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from context_core.node import Node
    from context_core.window import Window

_TOTALS = ("prompt_tokens", "promptTokenCount", "prompt_token_count", "input_tokens", "input")
"""Keys of the prompt's tokens, in the forms of OpenAI, Gemini, Anthropic and several logs."""
_CACHED = ("cache_creation_input_tokens", "cache_read_input_tokens", "cacheRead", "cacheWrite")
"""Keys of what Anthropic, and Pi after it, counts beside that; elsewhere cached tokens are part of the total."""


def billed_prompt(usage: Mapping[str, Any]) -> int | None:
    """Return the tokens that a prompt was billed as, cached ones included; None where the figures do not say.

    Example:
        >>> billed_prompt({"input_tokens": 3, "cache_read_input_tokens": 900, "output_tokens": 20})
        903
        >>> billed_prompt({"prompt_tokens": 41, "completion_tokens": 7})
        41
    """
    total = next((usage[key] for key in _TOTALS if _is_count(usage.get(key))), None)
    if total is None:
        return None
    beside = any(_is_count(usage.get(key)) for key in ("input_tokens", "input"))
    cached = sum(usage[key] for key in _CACHED if _is_count(usage.get(key))) if beside else 0
    return total + cached or None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def billed_prefixes(window: Window) -> Iterator[tuple[int, int]]:
    """Yield (nodes, tokens) for each request that was billed: how many nodes of the window stood in it, and its tokens.

    A log may count a message's figures once for each of its rows; they are told once. Requests behind what compression
    changed are left out: nobody knows whether they were billed before or after it.
    """
    seen: set[str] = set()
    for place, node in enumerate(window.nodes):
        if node.elided is not None or node.type is NodeType.SUMMARY:
            return
        start, usage = _request(window, place, node)
        billed = billed_prompt(usage) if usage is not None else None
        if billed is not None and start > 0 and window.nodes[start].message_id not in seen:
            seen.add(window.nodes[start].message_id)
            yield start, billed


def _request(window: Window, place: int, node: Node) -> tuple[int, Mapping[str, Any] | None]:
    """Return where the answer of the request begins whose figures a node carries, and the figures."""
    if "usage" in node.metadata:
        return _first_of_message(window, place), node.metadata["usage"]
    if "usage_before" not in node.metadata:
        return place, None
    answer = next((at for at in range(place - 1, -1, -1) if window.nodes[at].role == "assistant"), None)
    return (0, None) if answer is None else (_first_of_message(window, answer), node.metadata["usage_before"])


def _first_of_message(window: Window, place: int) -> int:
    message_id = window.nodes[place].message_id
    while place and window.nodes[place - 1].message_id == message_id:
        place -= 1
    return place
