"""What goes wrong with a Redis server, in words that say what to do."""

from __future__ import annotations

from context_core import StoreError

_CAUSES = (
    ("OOM", "is out of memory, and wrote nothing; raise its maxmemory or purge sessions, then repeat the call"),
    ("WRONGPASS", "refuses the user or password; check those in the URL"),
    ("NOAUTH", "asks for a password; put one into the URL"),
    ("NOPERM", "does not allow its user what a store does; allow it all commands on keys {context*"),
    ("AUTH", "refuses the user or password; check those in the URL"),
    ("MOVED", "is a node of a cluster that does not hold this namespace; name the node that does"),
    ("READONLY", "is a replica that cannot be written; name its primary"),
    ("MISCONF", "cannot save to its disk, and so takes no writes; check its disk and its log"),
    ("LOADING", "is still loading its data; repeat the call in a moment"),
    ("loading the dataset", "is still loading its data; repeat the call in a moment"),
    ("No connection available", "had no free connection in time; repeat the call, or use fewer threads"),
)

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
        >>> print(redis_failure("redis://host", OSError("LOADING Redis is loading"), lost=False))
        redis://host is still loading its data; repeat the call in a moment (LOADING Redis is loading)
    """
    said = (str(error).rpartition(_QUOTED)[2].strip().splitlines() or [type(error).__name__])[0]
    otherwise = _UNREACHED if lost else "cannot be used; the cause is in parentheses"
    advice = next((words for mark, words in _CAUSES if mark in said), otherwise)
    return StoreError(f"{name} {advice} ({said})")
