"""Whether spans and logs hold what was said: off, unless the environment or the caller turns it on."""

from __future__ import annotations

import os

from context_observe.conventions import CAPTURE_CONTENT_VARIABLE

_ON = {"true", "1", "span_only", "span_and_event"}


def captures_content(choice: bool | None = None) -> bool:
    """Return the caller's choice, or, where there is none, what the environment says now.

    Args:
        choice: None to look at ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT``.

    Example:
        >>> captures_content(True)
        True
    """
    return os.environ.get(CAPTURE_CONTENT_VARIABLE, "").strip().lower() in _ON if choice is None else choice
