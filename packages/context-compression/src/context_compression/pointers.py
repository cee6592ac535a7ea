"""Pointers: what stands in the prompt for what was left out.

A pointer is only ever *written* here. What a reference stands for is looked up in the manifest, so a text that looks
like a pointer is a text.
"""

from __future__ import annotations


def pointer(reference: str, tokens: int) -> str:
    """Return the words that tell a model how much was left out and how to get it back.

    Args:
        reference: what to expand.
        tokens: tokens of the whole original.

    Example:
        >>> pointer("481920553.337104", 1234)
        '[cut from 1234 tokens; expand 481920553.337104]'
    """
    return f"[cut from {tokens} tokens; expand {reference}]"
