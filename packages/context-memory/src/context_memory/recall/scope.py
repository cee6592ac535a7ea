"""Scopes: which sessions a recall may look into.

A scope is None for all sessions, a text with which their ids begin, a collection of ids, or a predicate on ids.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeAlias

Scope: TypeAlias = str | Collection[str] | Callable[[str], bool] | None


def admits(scope: Scope, session_id: str) -> bool:
    """Return whether a session lies in a scope.

    Raises:
        ValueError: the scope is an empty text.

    Example:
        >>> [admits(scope, "anna:trip") for scope in (None, "anna:", ["anna:trip"], str.isupper)]
        [True, True, True, False]
    """
    if scope is None:
        return True
    if isinstance(scope, str):
        if not scope:
            raise ValueError("got an empty text as scope, with which every id begins; expected None for all sessions")
        return session_id.startswith(scope)
    return scope(session_id) if callable(scope) else session_id in scope
