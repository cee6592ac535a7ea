"""Definitions: what a provider is told of the agent's tools, as JSON schemas."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

_REF = {"type": "string", "description": "A reference as it stands in the prompt, such as 481920553.337104."}
_PAGE = {"type": "integer", "minimum": 1, "description": "Which page of a long answer; the first unless given."}

TOOLS: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "context_expand": (
        "Get the original text behind a reference: what was shortened or summarized to make room. Long texts come in "
        "pages; ask for lines where you know which you need.",
        {
            "ref": _REF,
            "lines": {"type": "string", "description": "First and last line, such as 10-20; the whole unless given."},
            "page": _PAGE,
        },
        ("ref",),
    ),
    "context_search": (
        "Search all that was said and done in this session, also what is no longer in the prompt. Returns the best "
        "passages, each with its reference and its lines for context_expand.",
        {
            "query": {"type": "string", "description": "Names, paths, ids, words, or a question."},
            "page": _PAGE,
        },
        ("query",),
    ),
    "context_why": (
        "Show what led to something: its causes in the order of time, each with the value that was taken from it.",
        {"ref": _REF, "page": _PAGE},
        ("ref",),
    ),
    "context_pin": (
        "Keep something in the prompt, word for word, until the end of the session: an instruction, an interface, a "
        "decision. Pins cost room; pin little.",
        {"ref": _REF},
        ("ref",),
    ),
    "context_stats": (
        "See how full your context is, what was taken out of it, and what would help.",
        {},
        (),
    ),
}
"""For each tool: what it does, its parameters, and those that must be given."""


def definitions(to: str = "openai") -> list[dict[str, Any]]:
    """Return the tools as a provider's request takes them.

    Args:
        to: ``openai`` (Chat Completions), ``openai-responses`` or ``anthropic``.

    Raises:
        ValueError: it is none of these.

    Example:
        >>> [tool["name"] for tool in definitions("anthropic")][:2]
        ['context_expand', 'context_search']
    """
    if to not in ("openai", "openai-responses", "anthropic"):
        raise ValueError(f"got to={to!r}; expected 'openai', 'openai-responses' or 'anthropic'")
    return [_definition(name, to) for name in TOOLS]


def _definition(name: str, to: str) -> dict[str, Any]:
    description, properties, required = deepcopy(TOOLS[name])
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
    if to == "anthropic":
        return {"name": name, "description": description, "input_schema": schema}
    function = {"name": name, "description": description, "parameters": schema}
    return {"type": "function", "function": function} if to == "openai" else {"type": "function", **function}
