"""What goes wrong with a Redis server, in words that say what to do."""

from __future__ import annotations

from context_core import StoreError

_CAUSES = (
    ("maxmemory", "is out of memory, and wrote nothing; raise its maxmemory or purge sessions, then repeat the call"),
    ("NoPermissionError", "does not allow its user what a store does; allow it all commands on keys {context*"),
    ("Authentication", "refuses the user or password, or asks for one; check those in the URL"),
    ("MovedError", "is a node of a cluster that does not hold this namespace; name the node that does"),
    ("ReadOnlyError", "is a replica that cannot be written; name its primary"),
    ("MISCONF", "cannot save to its disk, and so takes no writes; check its disk and its log"),
    ("BusyLoadingError", "is still loading its data; repeat the call in a moment"),
    ("No connection available", "had no free connection in time; repeat the call, or use fewer threads"),
)
"""Words in the name of the client's error, or in what it says, and what to do."""

_UNREACHED = "cannot be reached, or the connection was lost; check the server, and repeat the call"

_QUOTED = "caused error: "
"""Stands between the command of a pipeline, which may hold contents, and what is wrong with it."""


def redis_failure(name: str, error: Exception, *, lost: bool) -> StoreError:
    """Return the error to raise in the place of the client's.

    Args:
        name: the server's, without a password.
        error: the client's.
        lost: whether there is no connection.

    Example:
        >>> print(redis_failure("redis://host", OSError("MISCONF No space left"), lost=False))
        redis://host cannot save to its disk, and so takes no writes; check its disk and its log (MISCONF No space left)
    """
    said = (str(error).rpartition(_QUOTED)[2].strip().splitlines() or [type(error).__name__])[0]
    otherwise = _UNREACHED if lost else "cannot be used; the cause is in parentheses"
    told = f"{type(error).__name__} {said}"
    advice = next((words for mark, words in _CAUSES if mark in told), otherwise)
    return StoreError(f"{name} {advice} ({said})")
