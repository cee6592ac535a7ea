"""Token counters.

`EncodingCounter` is exact for OpenAI encodings: `toktok` has their vocabularies compiled in and downloads nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

PART_OVERHEAD = 4
"""Tokens a part costs beside its strings. Chat formats spend 3 tokens on framing a message and 1 on its role
(OpenAI cookbook, "How to count tokens with tiktoken"); a call or result inside a message costs about as much."""

IMAGE_TOKENS = 1_600
"""Tokens an image is taken to cost: the most that Anthropic bills for one it does not downscale
(Anthropic documentation, "Vision": width × height / 750, at most about 1,600)."""

THINKING_OVERHEAD = 8
"""Tokens of the words around a thinking part that is told as text: ``<thinking>``, ``</thinking>`` two line ends."""

DEFAULT_ENCODING = "o200k_base"
"""The encoding of OpenAI models since GPT-4o, and the default counter."""


@runtime_checkable
class TokenCounter(Protocol):
    """Counts the tokens of texts."""

    @property
    def name(self) -> str:
        """A stable name, such as that of the encoding."""
        ...

    def count(self, text: str) -> int:
        """Return the tokens of one text."""
        ...

    def count_many(self, texts: Sequence[str]) -> list[int]:
        """Return the tokens of each text, in order."""
        ...


class EncodingCounter:
    """Exact counts for an OpenAI encoding; special tokens count as the plain text they are in a transcript.

    Args:
        encoding: ``o200k_base``, ``cl100k_base`` or ``o200k_harmony``.
        threads: threads that `count_many` may use; 0 means one a core.

    Raises:
        ValueError: the encoding is none of these.

    Example:
        >>> EncodingCounter().count("hello world")
        2
    """

    _ENCODINGS = ("o200k_base", "cl100k_base", "o200k_harmony")

    def __init__(self, encoding: str = DEFAULT_ENCODING, *, threads: int = 1) -> None:
        if encoding not in self._ENCODINGS:
            raise ValueError(f"got encoding {encoding!r}; expected one of {', '.join(self._ENCODINGS)}")
        self._encoding = encoding
        self._threads = threads

    @property
    def name(self) -> str:
        """The encoding's name."""
        return self._encoding

    def count(self, text: str) -> int:
        """Return the tokens of one text; a lone surrogate counts as a question mark."""
        return self.count_many((text,))[0]

    def count_many(self, texts: Sequence[str]) -> list[int]:
        """Return the tokens of each text, in order."""
        import toktok  # 2 MB of vocabulary, loaded when first counted with

        try:
            return toktok.batch_count(texts, self._encoding, self._threads)
        except UnicodeEncodeError:
            clean = [text.encode("utf-8", "replace").decode() for text in texts]
            return toktok.batch_count(clean, self._encoding, self._threads)

    def __repr__(self) -> str:
        return f"EncodingCounter({self._encoding!r})"


def counter_for(model: str | None = None) -> TokenCounter:
    """Return the counter for a model's name; o200k for any that is not an older OpenAI model.

    Example:
        >>> counter_for("gpt-4-0613").name
        'cl100k_base'
    """
    older = ("gpt-4-", "gpt-4_", "gpt-3.5", "text-embedding-")
    name = model or ""
    return EncodingCounter("cl100k_base" if name == "gpt-4" or name.startswith(older) else DEFAULT_ENCODING)


def part_tokens(
    counter: TokenCounter,
    content: str,
    *,
    kind: str = "text",
    tool_name: str | None = None,
    call_id: str | None = None,
) -> int:
    """Return what one part costs in a prompt: its strings and `PART_OVERHEAD`; an image costs `IMAGE_TOKENS`.

    Example:
        >>> part_tokens(EncodingCounter(), "hello world")
        6
    """
    strings = [text for text in (tool_name, call_id) if text]
    counted = strings if kind == "image" else [content, *strings]
    return kind_overhead(kind) + sum(counter.count_many(counted))


def kind_overhead(kind: str) -> int:
    """Return what a part of a kind costs beside its counted strings.

    Example:
        >>> kind_overhead("text"), kind_overhead("image")
        (4, 1604)
    """
    return PART_OVERHEAD + {"image": IMAGE_TOKENS, "thinking": THINKING_OVERHEAD}.get(kind, 0)
