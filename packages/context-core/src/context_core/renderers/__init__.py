"""Renderers by name. A new one is one file here and one line below."""

from context_core.renderers.anthropic import render_anthropic
from context_core.renderers.openai import render_openai

RENDERERS = {"anthropic": render_anthropic, "openai": render_openai}
