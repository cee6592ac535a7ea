"""Ways back: what an operation that looks at originals, or restores them, came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core import ContentNotFoundError, UnknownReferenceError

if TYPE_CHECKING:
    from context_core import OperationEnded

WAYS_BACK = ("expand", "restore")
"""The operations that bring back what compression took out."""
LOST = (UnknownReferenceError, ContentNotFoundError)
"""Errors of a reference that cannot be followed; that it, or its content, expired is among them."""


def brought_back(event: OperationEnded) -> int:
    """Return how many originals an operation brought back; 0 for one that is no way back, or that failed."""
    if event.operation not in WAYS_BACK or event.error is not None:
        return 0
    return int(event.attributes.get("nodes", 1))


def is_lost(event: OperationEnded) -> bool:
    """Return whether an operation could not follow a reference, or found nothing behind it."""
    return event.operation in WAYS_BACK and isinstance(event.error, LOST)
