"""Pointers: what stands in the prompt for what was left out.

A pointer is only ever *written* here. What a reference stands for is looked up in the manifest, so a text that looks
like a pointer is a text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP = "…"
"""Stands for further gaps of a text whose first gap has the pointer."""


def pointer(reference: str, tokens: int, names: Sequence[str] = ()) -> str:
    """Return the words that tell a model how much was left out and how to get it back.

    Args:
        reference: what to expand.
        tokens: tokens of the whole original.
        names: values that it mentions.

    Example:
        >>> pointer("481920553.337104", 1234)
        '[cut from 1234 tokens; expand 481920553.337104]'
        >>> pointer("481920553.337104", 1234, ["src/io.py", "ORD-17"])
        '[cut from 1234 tokens; expand 481920553.337104; mentions src/io.py, ORD-17]'
    """
    named = f"; mentions {', '.join(names)}" if names else ""
    return f"[cut from {tokens} tokens; expand {reference}{named}]"


def heading(reference: str, parts: int, tokens: int) -> str:
    """Return the first line of a summary.

    Args:
        reference: what to expand.
        parts: how many nodes it stands for.
        tokens: tokens of their originals.

    Example:
        >>> heading("481920553.33710412", 12, 5678)
        '[summary of 12 parts, 5678 tokens; expand 481920553.33710412]'
    """
    return f"[summary of {parts} parts, {tokens} tokens; expand {reference}]"
