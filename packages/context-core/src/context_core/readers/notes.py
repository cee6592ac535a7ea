"""What a reader learns beside the messages, and what it does about damage."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite

from context_core.errors import TranscriptError
from context_core.transcript import Problem

UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What comes out of a row whose fields are of other types than the format says."""


class Notes:
    """Collects the session's id, the model and the problems of one source while it is read.

    Args:
        source: the file's path, or a word for what was given.
        on_error: ``raise`` or ``skip``.
    """

    def __init__(self, source: str, on_error: str) -> None:
        self.source = source
        self.on_error = on_error
        self.session_id: str | None = None
        self.model: str | None = None
        self.problems: list[Problem] = []

    def mended(self, line: int, message: str) -> None:
        """Note something that was read in full, though not as the format writes it."""
        self.problems.append(Problem(line, message))

    def damaged(self, line: int, message: str) -> None:
        """Note a row that cannot be read.

        Raises:
            TranscriptError: unless the caller asked to skip such rows.
        """
        if self.on_error == "raise":
            raise TranscriptError(
                f'{message}; mend it, or pass on_error="skip" to read all else', source=self.source, line=line
            )
        self.problems.append(Problem(line, f"{message}; skipped"))


def seconds(timestamp: object) -> float | None:
    """Return an ISO 8601 time, or a number of seconds, as seconds since the epoch; None for anything else.

    A time without a zone is taken as UTC, so that every machine reads the same.

    Example:
        >>> seconds("1970-01-01T00:01:00Z")
        60.0
    """
    try:
        if isinstance(timestamp, (int, float)) and not isinstance(timestamp, bool):
            return float(timestamp) if isfinite(timestamp) else None
        if not isinstance(timestamp, str):
            return None
        time = datetime.fromisoformat(timestamp)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
