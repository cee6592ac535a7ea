"""Schemas: one tool's definition in each provider's shape, read and written.

==================  ==============================================================================================
form                shape
==================  ==============================================================================================
``openai``          ``{"type": "function", "function": {"name", "description", "parameters"}}``
``openai-responses``  ``{"type": "function", "name", "description", "parameters"}``
``anthropic``       ``{"name", "description", "input_schema"}``
``mcp``             ``{"name", "description", "inputSchema"}``
``gemini``          ``{"name", "description", "parameters"}``, a function declaration
==================  ==============================================================================================

A provider's own tool (``{"type": "web_search_20250305", "name": "web_search"}``) has no schema. It comes back unchanged
in every form, since nothing tells whose it is: give it to that provider alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FORMS = ("openai", "openai-responses", "anthropic", "mcp", "gemini")
"""The shapes that a definition can have."""
_SCHEMA_KEYS = {"anthropic": "input_schema", "mcp": "inputSchema", "openai-responses": "parameters"}
EMPTY = {"type": "object", "properties": {}}
"""The schema of a tool that takes nothing."""
_SHAPES = "expected a function of OpenAI, Anthropic (input_schema), MCP (inputSchema) or Gemini (parameters)"


def form_of(definition: Any) -> str:
    """Return the form that a definition is in; ``native`` for a provider's own tool.

    Raises:
        ValueError: it is of no known shape.

    Example:
        >>> form_of({"name": "ls", "input_schema": {"type": "object"}})
        'anthropic'
    """
    if not isinstance(definition, Mapping):
        raise ValueError(f"got a tool's schema of type {type(definition).__name__}; {_SHAPES}")
    kind = definition.get("type")
    if kind == "function" and isinstance(definition.get("function"), dict):
        return "openai"
    if kind == "function":
        return "openai-responses"
    for form in ("anthropic", "mcp"):
        if _SCHEMA_KEYS[form] in definition:
            return form
    if isinstance(kind, str):
        return "native"
    if "name" in definition and ("parameters" in definition or "description" in definition):
        return "gemini"
    raise ValueError(f"got a tool's schema with the keys {', '.join(map(repr, definition)) or 'none'}; {_SHAPES}")


def parts_of(definition: Mapping[str, Any], form: str) -> tuple[str, str, dict[str, Any]]:
    """Return name, description and parameters of a definition.

    Raises:
        ValueError: it has no name, or its parameters are no object.
    """
    inner = definition.get({"openai": "function", "native": "custom"}.get(form, ""))
    told = inner if isinstance(inner, Mapping) else definition
    name = told.get("name") or (definition["type"] if form == "native" else None)
    if not isinstance(name, str):
        raise ValueError(f"got a tool's schema without a name (keys: {', '.join(map(repr, told))}); expected a text")
    parameters = told.get(_SCHEMA_KEYS.get(form, "parameters"))
    if parameters is not None and not isinstance(parameters, dict):
        raise ValueError(f"got parameters of type {type(parameters).__name__} for {name!r}; expected a JSON schema")
    return name, str(told.get("description") or ""), dict(parameters or EMPTY)


def written(name: str, description: str, parameters: Mapping[str, Any], to: str) -> dict[str, Any]:
    """Return a definition in a form.

    Raises:
        ValueError: there is no such form.

    Example:
        >>> written("ls", "List.", {"type": "object"}, "mcp")
        {'name': 'ls', 'description': 'List.', 'inputSchema': {'type': 'object'}}
    """
    checked_form(to)
    function = {"name": name, "description": description, _SCHEMA_KEYS.get(to, "parameters"): parameters}
    if to == "openai":
        return {"type": "function", "function": function}
    return {"type": "function", **function} if to == "openai-responses" else function


def checked_form(to: str) -> str:
    """Return the name of a form.

    Raises:
        ValueError: there is no such form.
    """
    if to not in FORMS:
        raise ValueError(f"got to={to!r}; expected one of {', '.join(map(repr, FORMS))}")
    return to
