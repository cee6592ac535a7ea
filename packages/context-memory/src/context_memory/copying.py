"""Sessions from store to store, and from one name to another: by their history, so that every version comes along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core import ConflictError, Manifest, SessionNotFoundError, VersionNotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from context_core import ManagedStore, Revision


def copy_session(
    source: ManagedStore,
    target: ManagedStore,
    session_id: str,
    *,
    as_session: str | None = None,
    version: int | None = None,
) -> int:
    """Bring a session of one store up to date in another; return the version it has there.

    What the other has of it already is not copied again, so a copy that was broken off is gone on with by calling this
    again. The copy has the same versions, manifest and references.

    Args:
        source: where the session is.
        target: where it is to be; it may be the same store, under another name.
        session_id: the session.
        as_session: its name in the target; the same unless given.
        version: copy up to this one; all of it unless given.

    Raises:
        SessionNotFoundError: the source has no such session.
        VersionNotFoundError: the session has no such version.
        ConflictError: the target has another session of that name.

    Example:
        >>> from context_core import ContextGraph, MemoryStore
        >>> one, other, graph = MemoryStore(), MemoryStore(), ContextGraph("s")
        >>> _ = graph.add_message("user", "hi")
        >>> _ = one.append("s", graph.nodes(), graph.edges())
        >>> copy_session(one, other, "s")
        1
    """
    name = session_id if as_session is None else as_session
    latest = source.version(session_id)
    if version is not None and not 0 <= version <= latest:
        raise VersionNotFoundError(session_id, version, latest)
    there = _version(target, name)
    if there:
        _require_same(source, target, session_id, name, min(there, latest))
    last = latest if version is None else version
    revisions = [each for each in source.history(session_id, after=there or 0) if each.version <= last]
    if there is None and not revisions:
        target.append(name, [], [])
    carry_contents(source, target, session_id, revisions)
    target.record(name, revisions)
    return target.version(name)


def fork(store: ManagedStore, session_id: str, new_session_id: str, *, version: int | None = None) -> int:
    """Make a session that is the same up to a version, and goes on by itself from there; return that version.

    Contents are stored once for both. References that stand in the fork's texts bring the originals back.

    Args:
        store: where both are.
        session_id: the session.
        new_session_id: the fork's name.
        version: where it leaves; the present one unless given.

    Raises:
        SessionNotFoundError: there is no such session.
        VersionNotFoundError: it has no such version.
        ValueError: there is a session of the new name.

    Example:
        >>> from context_core import ContextGraph, MemoryStore
        >>> store, graph = MemoryStore(), ContextGraph("s")
        >>> _ = graph.add_message("user", "hi")
        >>> _ = store.append("s", graph.nodes(), graph.edges())
        >>> fork(store, "s", "what-if")
        1
        >>> [node.content for node in store.load("what-if").nodes()]
        ['hi']
    """
    if _version(store, new_session_id) is not None:
        raise ValueError(f"got {new_session_id!r} as the fork's name, which a session has; choose another one")
    return copy_session(store, store, session_id, as_session=new_session_id, version=version)


def carry_contents(source: ManagedStore, target: ManagedStore, session_id: str, revisions: Sequence[Revision]) -> None:
    """Put the contents that the changes of revisions name, commit by commit: each commit takes over one put of each."""
    for revision in revisions:
        names = sorted(Manifest(session_id, revision.changes).content_ids())
        if names:
            target.put([source.get(name) for name in names])


def _require_same(source: ManagedStore, target: ManagedStore, session_id: str, name: str, version: int) -> None:
    """Require that what the target has is a part of the session: the last revision that both have is the same.

    Raises:
        ConflictError: it is another session.
    """
    one, other = (
        next((each for each in store.history(which, after=version - 1) if each.version == version), None)
        for store, which in ((source, session_id), (target, name))
    )
    if one is None or other is None or (one.nodes, one.changes) != (other.nodes, other.changes):
        raise ConflictError(f"the target has another session {name!r}; copy to another name, or purge that one first")


def _version(store: ManagedStore, session_id: str) -> int | None:
    try:
        return store.version(session_id)
    except SessionNotFoundError:
        return None
