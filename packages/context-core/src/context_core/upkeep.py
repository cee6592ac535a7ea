"""What a store tells of the sessions in its keeping."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session as its store sees it.

    Attributes:
        session_id: the session.
        version: how many writes had an effect.
        nodes: nodes in its present state.
        content_bytes: bytes of their contents, before any compression of the store's own.
        created_at: when it was first written to, in seconds since the epoch.
        written_at: when it was last written to, in seconds since the epoch.
        kind: the transcript format that its first nodes name, or ``plain``.
    """

    session_id: str
    version: int
    nodes: int
    content_bytes: int
    created_at: float
    written_at: float
    kind: str


@dataclass(frozen=True, slots=True)
class Erased:
    """What went when a session was purged or expired.

    Attributes:
        session_id: the session.
        nodes: nodes, in whatever state, that are gone.
        changes: entries of its manifest that are gone.
        contents: contents to which nothing else pointed, and which are gone.
        content_bytes: their bytes, before any compression of the store's own.
    """

    session_id: str
    nodes: int
    changes: int
    contents: int
    content_bytes: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the store that is not what was written.

    Attributes:
        kind: ``content``, ``node``, ``edge``, ``change``, ``session`` or ``file``.
        name: the content's or node's id, or the place in the session.
        session_id: the session; None for a content, which several may share.
        problem: what is wrong with it, and what to do.
    """

    kind: str
    name: str
    session_id: str | None
    problem: str


@dataclass(frozen=True, slots=True)
class Garbage:
    """What a collection freed, or would free.

    Attributes:
        contents: ids of contents to which no session points, and which nobody has put.
        abandoned: ids of contents that were put, and which no session has pointed to for the time asked for.
        freed_bytes: bytes that both take in the store.
        dry_run: whether nothing was freed.
    """

    contents: tuple[str, ...]
    abandoned: tuple[str, ...]
    freed_bytes: int
    dry_run: bool
