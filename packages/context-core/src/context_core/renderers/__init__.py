"""Renderers by name. A new one is one file here and one line below.

`MESSAGES` give messages of a provider, `TEXTS` one text, `OBJECTS` messages of another library, an extra.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from context_core.renderers.anthropic import render_anthropic
from context_core.renderers.langchain import render_langchain
from context_core.renderers.markdown import render_markdown
from context_core.renderers.openai import render_openai
from context_core.renderers.openai_responses import render_openai_responses
from context_core.renderers.pydantic_ai import render_pydantic_ai
from context_core.renderers.xml_events import render_xml

if TYPE_CHECKING:
    from collections.abc import Callable

    from context_core.renderers.rendered import Rendered
    from context_core.window import Window

MessageForm = Literal["openai", "openai-chat", "openai-responses", "anthropic", "anthropic-messages"]
TextForm = Literal["markdown", "xml"]
ObjectForm = Literal["langchain", "pydantic-ai"]

MESSAGES: dict[str, Callable[[Window], Rendered]] = {
    "anthropic": render_anthropic,
    "openai": render_openai,
    "openai-responses": render_openai_responses,
}
TEXTS: dict[str, Callable[[Window], str]] = {"markdown": render_markdown, "xml": render_xml}
OBJECTS: dict[str, Callable[[Window], list[Any]]] = {
    "langchain": render_langchain,
    "pydantic-ai": render_pydantic_ai,
}
RENDERERS: dict[str, Callable[[Window], Rendered | str | list[Any]]] = {**MESSAGES, **TEXTS, **OBJECTS}
ALIASES = {"anthropic-messages": "anthropic", "openai-chat": "openai"}
"""The readers' names of forms that have a shorter one here."""
