"""The contract of `Upkeep`, as tests: sizes, purging, expiry, garbage and verification."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from context_core.assemble import graph_bytes
from context_core.errors import (
    ConflictError,
    ContentExpiredError,
    ContentNotFoundError,
    SessionExpiredError,
    SessionNotFoundError,
)
from context_core.hashing import content_id, text_bytes
from context_core.node import Node, NodeType
from context_core.replace import replace
from context_core.restore import restore
from context_core.stores import Upkeep
from context_core.testing.examples import example_graph, pointer
from context_core.testing.graph_store import compressed

if TYPE_CHECKING:
    from context_core.stores import ManagedStore


class UpkeepContract:
    """What every `Upkeep` does. A subclass gives the fixture ``store``: a new and empty `ManagedStore`.

    Example:
        >>> from context_core import MemoryStore
        >>> class TestMemory(UpkeepContract):
        ...     @pytest.fixture
        ...     def store(self):
        ...         return MemoryStore()
    """

    def test_it_has_upkeep(self, store: ManagedStore) -> None:
        """The store has the methods of the protocol."""
        assert isinstance(store, Upkeep)

    # ── info ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def test_info(self, store: ManagedStore) -> None:
        """A session's info tells version, nodes, bytes, kind and times of its present state."""
        began = time.time()
        graph, _ = compressed(store)
        info = store.info("example")
        assert (info.session_id, info.version, info.nodes) == ("example", 3, len(graph))
        assert info.content_bytes == sum(len(text_bytes(node.content)) for node in graph.nodes())
        assert info.kind == "openai-chat"
        assert began - 1 <= info.created_at <= info.written_at <= time.time() + 1

    def test_info_of_an_empty_session(self, store: ManagedStore) -> None:
        """A session without nodes has no bytes, and is of the plain kind."""
        store.append("empty", [], [])
        info = store.info("empty")
        assert (info.version, info.nodes, info.content_bytes, info.kind) == (0, 0, 0, "plain")

    # ── purge ────────────────────────────────────────────────────────────────────────────────────────────────────

    def test_purging_erases_all(self, store: ManagedStore) -> None:
        """After a purge neither the session nor any content of its is there, nor the word that it was."""
        graph, changes = compressed(store)
        names = {state.content_id for change in changes for state in (change.before, change.after) if state}
        erased = store.purge("example")
        assert (erased.session_id, erased.nodes, erased.changes) == ("example", len(graph), len(changes))
        assert erased.contents >= 1
        assert erased.content_bytes > 0
        assert store.sessions() == []
        for method in (store.load, store.manifest, store.version, store.info, store.purge, store.expire):
            with pytest.raises(SessionNotFoundError) as caught:
                method("example")
            assert not isinstance(caught.value, SessionExpiredError)
        for name in names:
            assert not store.has(name)
            with pytest.raises(ContentNotFoundError) as missing:
                store.get(name)
            assert not isinstance(missing.value, ContentExpiredError)

    def test_purging_leaves_other_sessions(self, store: ManagedStore) -> None:
        """What another session points to stays, and that session loads and restores."""
        other = example_graph("other")
        store.append("other", other.nodes(), other.edges())
        store.commit("other", replace(other, pointer(other), store))
        compressed(store)
        store.purge("example")
        assert store.sessions() == ["other"]
        loaded = store.load("other")
        restore(loaded, store.manifest("other"), store)
        assert graph_bytes(loaded) == graph_bytes(example_graph("other"))

    def test_purging_leaves_what_was_put(self, store: ManagedStore) -> None:
        """A content that was put for its own sake stays when a session that has the same is purged."""
        [name] = store.put([b"kept for its own sake"])
        store.append("s", [Node("n/0", NodeType.MESSAGE, "user", "kept for its own sake", 5)], [])
        store.purge("s")
        assert store.get(name) == b"kept for its own sake"
        assert store.delete(name) is True

    def test_purging_one_version(self, store: ManagedStore) -> None:
        """A purge of a version that is not the session's any more erases nothing."""
        graph, _ = compressed(store)
        with pytest.raises(ConflictError, match="version 3, not 2"):
            store.purge("example", version=2)
        assert graph_bytes(store.load("example")) == graph_bytes(graph)
        assert store.purge("example", version=3).nodes == len(graph)

    def test_a_purged_session_may_begin_anew(self, store: ManagedStore) -> None:
        """After a purge the same id names a new session, from its first version on."""
        compressed(store)
        store.purge("example")
        graph, _ = compressed(store)
        assert store.version("example") == 3
        assert graph_bytes(store.load("example")) == graph_bytes(graph)

    # ── expire ───────────────────────────────────────────────────────────────────────────────────────────────────

    def test_an_expired_session_is_not_an_unknown_one(self, store: ManagedStore) -> None:
        """Whoever asks for an expired session or content is told that it was there, and until when."""
        _, changes = compressed(store)
        names = {state.content_id for change in changes for state in (change.before, change.after) if state}
        began = time.time()
        assert store.expire("example").nodes > 0
        assert store.sessions() == []
        for method in (store.load, store.manifest, store.version, store.info):
            with pytest.raises(SessionExpiredError) as caught:
                method("example")
            assert began - 1 <= caught.value.expired_at <= time.time() + 1
        for name in names:
            assert not store.has(name)
            with pytest.raises(ContentExpiredError) as missing:
                store.get(name)
            assert missing.value.content_ids == (name,)
        with pytest.raises(SessionNotFoundError) as unknown:
            store.load("unknown")
        assert not isinstance(unknown.value, SessionExpiredError)

    def test_an_expired_session_may_begin_anew(self, store: ManagedStore) -> None:
        """Appending to an expired session makes a new one of its name, with contents that are there again."""
        compressed(store)
        store.expire("example")
        graph, changes = compressed(store)
        assert graph_bytes(store.load("example")) == graph_bytes(graph)
        assert store.manifest("example").changes == tuple(changes)

    def test_purging_after_expiry(self, store: ManagedStore) -> None:
        """What expired and began anew can be purged, and then is unknown."""
        compressed(store)
        store.expire("example")
        compressed(store)
        store.purge("example")
        with pytest.raises(SessionNotFoundError) as caught:
            store.load("example")
        assert not isinstance(caught.value, SessionExpiredError)

    # ── gc ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def test_a_store_in_use_has_no_garbage(self, store: ManagedStore) -> None:
        """What a session points to and what was put is no garbage."""
        graph, _ = compressed(store)
        [name] = store.put([b"put by hand"])
        garbage = store.gc(dry_run=False)
        assert (garbage.contents, garbage.abandoned, garbage.freed_bytes) == ((), (), 0)
        assert store.has(name)
        assert graph_bytes(store.load("example")) == graph_bytes(graph)

    def test_what_was_put_and_never_committed(self, store: ManagedStore) -> None:
        """Abandoned contents are told by a dry run, freed by a real one, and what a session has is left."""
        graph, _ = compressed(store)
        [name] = store.put([b"put by hand"])
        told = store.gc(abandoned_seconds=0)
        assert told.abandoned == (name,)
        assert told.freed_bytes > 0
        assert told.dry_run
        assert store.has(name)
        done = store.gc(dry_run=False, abandoned_seconds=0)
        assert (done.abandoned, done.dry_run) == ((name,), False)
        assert not store.has(name)
        loaded = store.load("example")
        assert graph_bytes(loaded) == graph_bytes(graph)
        restore(loaded, store.manifest("example"), store)
        assert graph_bytes(loaded) == graph_bytes(example_graph())

    def test_what_was_put_just_now_is_not_abandoned(self, store: ManagedStore) -> None:
        """A content is abandoned only once the time that was given is over."""
        [name] = store.put([b"put by hand"])
        assert store.gc(dry_run=False, abandoned_seconds=3600).abandoned == ()
        assert store.has(name)

    # ── verify ───────────────────────────────────────────────────────────────────────────────────────────────────

    def test_a_healthy_store(self, store: ManagedStore) -> None:
        """A store in which everything is as it was written has no fault."""
        compressed(store)
        store.put([b"", b"x" * 10_000, bytes(range(256))])
        assert list(store.verify()) == []

    def test_content_ids_stay_hashes(self, store: ManagedStore) -> None:
        """What a session holds is there under the hash of its bytes, once a commit names it."""
        _, changes = compressed(store)
        for change in changes:
            for state in (change.before, change.after):
                if state is not None:
                    assert content_id(store.get(state.content_id)) == state.content_id
