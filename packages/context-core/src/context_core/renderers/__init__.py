"""Renderers by name. A new one is one file here and one line below; a form also goes by its reader's name."""

from context_core.renderers.anthropic import render_anthropic
from context_core.renderers.openai import render_openai
from context_core.renderers.openai_responses import render_openai_responses

RENDERERS = {
    "anthropic": render_anthropic,
    "anthropic-messages": render_anthropic,
    "openai": render_openai,
    "openai-chat": render_openai,
    "openai-responses": render_openai_responses,
}
