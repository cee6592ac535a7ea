"""The windows of known models, by the beginning of their names.

Figures are tokens, from the providers' model pages: the whole window, and the most that one answer may take of it.
Where a provider adds a model, its name mostly begins with one that is known; the longest beginning counts.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelWindow:
    """What a model can take in and give out.

    Attributes:
        total_tokens: prompt and answer together.
        max_output_tokens: the answer at most.
    """

    total_tokens: int
    max_output_tokens: int


_WINDOWS = {
    "gpt-3.5-turbo": ModelWindow(16_385, 4_096),
    "gpt-4": ModelWindow(8_192, 8_192),
    "gpt-4-32k": ModelWindow(32_768, 32_768),
    "gpt-4-1106": ModelWindow(128_000, 4_096),
    "gpt-4-0125": ModelWindow(128_000, 4_096),
    "gpt-4-turbo": ModelWindow(128_000, 4_096),
    "gpt-4o": ModelWindow(128_000, 16_384),
    "gpt-4.1": ModelWindow(1_047_576, 32_768),
    "gpt-4.5": ModelWindow(128_000, 16_384),
    "gpt-5-chat": ModelWindow(128_000, 16_384),
    "gpt-5": ModelWindow(400_000, 128_000),
    "gpt-oss": ModelWindow(131_072, 131_072),
    "o1": ModelWindow(200_000, 100_000),
    "o1-mini": ModelWindow(128_000, 65_536),
    "o1-preview": ModelWindow(128_000, 32_768),
    "o3": ModelWindow(200_000, 100_000),
    "o4-mini": ModelWindow(200_000, 100_000),
    "claude-3": ModelWindow(200_000, 4_096),
    "claude-3-5": ModelWindow(200_000, 8_192),
    "claude-3-7": ModelWindow(200_000, 64_000),
    "claude-opus-4": ModelWindow(200_000, 32_000),
    "claude-opus-4-5": ModelWindow(200_000, 64_000),
    "claude-sonnet-4": ModelWindow(200_000, 64_000),
    "claude-haiku-4": ModelWindow(200_000, 64_000),
    "gemini-1.5-flash": ModelWindow(1_048_576, 8_192),
    "gemini-1.5-pro": ModelWindow(2_097_152, 8_192),
    "gemini-2.0-flash": ModelWindow(1_048_576, 8_192),
    "gemini-2.5": ModelWindow(1_048_576, 65_536),
    "llama-3.1": ModelWindow(131_072, 131_072),
    "llama-3.3": ModelWindow(131_072, 131_072),
    "mistral-large": ModelWindow(131_072, 131_072),
    "qwen2.5": ModelWindow(131_072, 8_192),
}


def model_window(model: str) -> ModelWindow:
    """Return the window of a model.

    Args:
        model: its name, as a provider or a router writes it: ``anthropic/claude-opus-4-5-20251101`` is
            ``claude-opus-4-5``, and so is ``us.anthropic.claude-opus-4.5-v1:0``.

    Raises:
        ValueError: no known name begins it.

    Example:
        >>> model_window("openai/gpt-4o-2024-08-06").total_tokens
        128000
    """
    name = model.rpartition("/")[2].rpartition("anthropic.")[2].lower()
    if name.startswith("claude"):
        name = name.replace(".", "-")
    known = max((known for known in _WINDOWS if _begins(name, known)), key=len, default=None)
    if known is None:
        names = ", ".join(sorted(_WINDOWS))
        raise ValueError(f"got model={model!r}; expected a name that begins with one of {names}; or give total_tokens")
    return _WINDOWS[known]


def _begins(name: str, known: str) -> bool:
    """Return whether a name is a known one, or goes on with another part: gpt-4o and gpt-4.7 are no gpt-4."""
    rest = name[len(known) :]
    return name.startswith(known) and not rest[:1].isalnum() and not rest.startswith(".")
