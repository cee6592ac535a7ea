"""Stores in the memory of this process."""

from __future__ import annotations

import time
from collections import Counter
from functools import wraps
from threading import RLock
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from context_core.errors import (
    ConflictError,
    ContentCorruptedError,
    ContentExpiredError,
    ContentNotFoundError,
    SessionExpiredError,
    SessionNotFoundError,
)
from context_core.hashing import content_id, text_bytes
from context_core.operations import observed_store
from context_core.revision import session_kind
from context_core.session_state import SessionState
from context_core.stores import verified
from context_core.upkeep import Erased, Fault, Garbage, SessionInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from context_core.edge import Edge
    from context_core.graph import ContextGraph
    from context_core.manifest import Change, Manifest
    from context_core.node import Node
    from context_core.revision import Revision

_P = ParamSpec("_P")
_R = TypeVar("_R")
_Store = TypeVar("_Store", bound="MemoryContentStore")


def _in_turn(method: Callable[Concatenate[_Store, _P], _R]) -> Callable[Concatenate[_Store, _P], _R]:
    """Return a method of a store that threads call one after another."""

    @wraps(method)
    def call(self: _Store, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        with self.lock:
            return method(self, *args, **kwargs)

    return call


@observed_store
class MemoryContentStore:
    """Contents in a dict of this process; its threads may share it.

    Attributes:
        lock: held while a method runs.

    Example:
        >>> store = MemoryContentStore()
        >>> [hello] = store.put([b"hello"])
        >>> store.get(hello)
        b'hello'
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self._contents: dict[str, bytes] = {}
        self._puts = Counter[str]()
        self._put_at: dict[str, float] = {}

    @_in_turn
    def put(self, contents: Sequence[bytes]) -> list[str]:
        """Store contents; return their ids in order."""
        ids = [content_id(data) for data in contents]
        for name, data in zip(ids, contents, strict=True):
            self._contents[name] = data
            self._put_at[name] = time.time()
        self._puts.update(ids)
        return ids

    @_in_turn
    def get(self, content_id: str) -> bytes:
        """Return a content."""
        return self._content(content_id)

    @_in_turn
    def has(self, content_id: str) -> bool:
        """Return whether a content is there."""
        return content_id in self._contents

    @_in_turn
    def delete(self, content_id: str) -> bool:
        """Take back one put; return whether the content is gone now."""
        if content_id not in self._contents:
            raise ContentNotFoundError(content_id)
        self._puts[content_id] = max(self._puts[content_id] - 1, 0)
        return self._drop([content_id]) > 0

    def _content(self, name: str) -> bytes:
        """Return a content to the store itself, of which no sink is told."""
        if name not in self._contents:
            raise self._missing(name)
        return verified(name, self._contents[name])

    def _missing(self, name: str) -> ContentNotFoundError:
        return ContentNotFoundError(name)

    def _is_needed(self, name: str) -> bool:
        return self._puts[name] > 0

    def _drop(self, names: Iterable[str]) -> int:
        """Take out those contents that nothing needs; return how many."""
        going = [name for name in dict.fromkeys(names) if name in self._contents and not self._is_needed(name)]
        for name in going:
            del self._contents[name], self._puts[name], self._put_at[name]
        return len(going)


@observed_store
class MemoryStore(MemoryContentStore):
    """Contents and sessions in this process, with their history; a loaded graph is the caller's own.

    A content that a manifest points to stays, however often it is deleted.

    Example:
        >>> from context_core import ContextGraph
        >>> graph, store = ContextGraph("s"), MemoryStore()
        >>> _ = graph.add_message("user", "hi")
        >>> store.append("s", graph.nodes(), graph.edges())
        1
        >>> store.version("s"), len(store.load("s", version=0))
        (1, 0)
    """

    def __init__(self) -> None:
        super().__init__()
        self._sessions: dict[str, SessionState] = {}
        self._held = Counter[str]()
        self._expired_sessions: dict[str, float] = {}
        self._expired_contents: dict[str, float] = {}

    # ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────

    @_in_turn
    def append(self, session_id: str, nodes: Iterable[Node], edges: Iterable[Edge]) -> int:
        """Store nodes and edges that are not there yet; return how many nodes were new."""
        now = time.time()
        session = self._sessions.get(session_id) or SessionState(session_id, self._content, now)
        revision = session.appending(nodes, edges, now)
        self._write(session, [revision] if revision else [])
        return len(revision.nodes) if revision else 0

    @_in_turn
    def commit(self, session_id: str, changes: Sequence[Change]) -> None:
        """Write the state after each change and append the changes to the manifest."""
        session = self._session(session_id)
        revision = session.committing(changes, time.time())
        self._write(session, [revision] if revision else [])

    @_in_turn
    def load(self, session_id: str, *, version: int | None = None) -> ContextGraph:
        """Return the session's graph in its present state, or as it was at an earlier version."""
        return self._session(session_id).at(version).graph()

    @_in_turn
    def manifest(self, session_id: str, *, version: int | None = None) -> Manifest:
        """Return the session's manifest, or as much of it as there was at an earlier version."""
        return self._session(session_id).at(version).manifest()

    @_in_turn
    def sessions(self) -> list[str]:
        """Return the ids of all sessions, the last one written to last."""
        return list(self._sessions)

    # ── history ──────────────────────────────────────────────────────────────────────────────────────────────────

    @_in_turn
    def version(self, session_id: str) -> int:
        """Return how many writes to the session had an effect."""
        return self._session(session_id).version

    @_in_turn
    def history(self, session_id: str, *, after: int = 0) -> list[Revision]:
        """Return the session's revisions past a version, oldest first."""
        return self._session(session_id).revisions[after:]

    @_in_turn
    def record(self, session_id: str, revisions: Sequence[Revision]) -> None:
        """Write revisions as another store's `history` gave them, all or none."""
        if not revisions:
            return
        if session_id not in self._sessions and revisions[0].version != 1:
            raise SessionNotFoundError(session_id)
        there = self._sessions.get(session_id)
        if there is not None and len(revisions) == 1:  # applied whole or not at all, so it needs no copy to try it on
            self._write(there, revisions)
            return
        session = SessionState(session_id, self._content, there.created_at if there else revisions[0].written_at)
        for revision in there.revisions if there else ():
            session.apply(revision)
        self._write(session, revisions)

    # ── upkeep ───────────────────────────────────────────────────────────────────────────────────────────────────

    @_in_turn
    def info(self, session_id: str) -> SessionInfo:
        """Return the size and the age of a session."""
        session = self._session(session_id)
        return SessionInfo(
            session_id=session_id,
            version=session.version,
            nodes=len(session.nodes),
            content_bytes=sum(len(text_bytes(node.content)) for node in session.nodes.values()),
            created_at=session.created_at,
            written_at=session.written_at,
            kind=session_kind(session.appended.values()),
        )

    @_in_turn
    def purge(self, session_id: str, *, version: int | None = None) -> Erased:
        """Erase a session and the contents to which nothing else points."""
        session = self._session(session_id)
        if version not in (None, session.version):
            raise ConflictError(
                f"session {session_id!r} is at version {session.version}, not {version}; nothing erased"
            )
        del self._sessions[session_id]
        held = _named(session.changes)
        self._held.subtract(held)
        sizes = {name: len(self._contents[name]) for name in held}
        self._drop(held)
        gone = [name for name in sizes if name not in self._contents]
        nodes = len(session.nodes.keys() | session.appended.keys())
        return Erased(session_id, nodes, len(session.changes), len(gone), sum(sizes[name] for name in gone))

    @_in_turn
    def expire(self, session_id: str) -> Erased:
        """Erase a session, and remember that it and its contents were there."""
        held = _named(self._session(session_id).changes)
        erased = self.purge(session_id)
        now = self._expired_sessions[session_id] = time.time()
        self._expired_contents.update({name: now for name in held if name not in self._contents})
        return erased

    @_in_turn
    def gc(self, *, dry_run: bool = True, abandoned_seconds: float | None = None) -> Garbage:
        """Free what nothing points to; return what that is."""
        before = float("-inf") if abandoned_seconds is None else time.time() - abandoned_seconds
        abandoned = [name for name, put_at in self._put_at.items() if not self._held[name] and put_at <= before]
        freed = sum(len(self._contents[name]) for name in abandoned)
        if not dry_run:
            for name in abandoned:
                self._puts[name] = 0
            self._drop(abandoned)
        return Garbage((), tuple(abandoned), freed, dry_run)

    @_in_turn
    def verify(self) -> list[Fault]:
        """Hash every content anew; return those that are not as they were put."""
        faults: list[Fault] = []
        for name, data in self._contents.items():
            try:
                verified(name, data)
            except ContentCorruptedError as error:
                faults.append(Fault("content", name, None, str(error)))
        return faults

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _write(self, session: SessionState, revisions: Sequence[Revision]) -> None:
        """Apply revisions, and only then keep the session: as the last one written to."""
        session.written_at = time.time() if not revisions else session.written_at
        for revision in revisions:
            session.apply(revision)
        for revision in revisions:
            held = _named(revision.changes)
            self._held.update(held)
            # The manifest points to these now, in the place of the one put that was made for it.
            for name in set(held):
                self._puts[name] = max(self._puts[name] - 1, 0)
        self._sessions.pop(session.session_id, None)
        self._sessions[session.session_id] = session
        self._expired_sessions.pop(session.session_id, None)

    def _session(self, session_id: str) -> SessionState:
        if session_id in self._expired_sessions:
            raise SessionExpiredError(session_id, self._expired_sessions[session_id])
        if session_id not in self._sessions:
            raise SessionNotFoundError(session_id)
        return self._sessions[session_id]

    def _missing(self, name: str) -> ContentNotFoundError:
        if name in self._expired_contents:
            return ContentExpiredError(name, self._expired_contents[name])
        return super()._missing(name)

    def _is_needed(self, name: str) -> bool:
        return self._puts[name] > 0 or self._held[name] > 0


def _named(changes: Iterable[Change]) -> list[str]:
    """Return the content ids of every state that changes name, as often as they name them."""
    states = (state for change in changes for state in (change.before, change.after))
    return [state.content_id for state in states if state is not None]
