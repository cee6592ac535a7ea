"""The contract of namespaces, as tests: what one tenant holds is unknown to all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from context_core.assemble import graph_bytes
from context_core.errors import (
    ContentExpiredError,
    ContentNotFoundError,
    SessionExpiredError,
    SessionNotFoundError,
)
from context_core.testing.graph_store import compressed

if TYPE_CHECKING:
    from context_core.stores import ManagedStore

    Tenants = tuple[ManagedStore, ManagedStore]


class NamespaceContract:
    """What every store with namespaces does. A subclass gives the fixture ``tenants``: two namespaces of one backend.

    Both are new and empty.
    """

    def test_sessions_are_unknown_elsewhere(self, tenants: Tenants) -> None:
        """A session of one tenant is neither listed nor found by the other."""
        one, other = tenants
        compressed(one)
        assert other.sessions() == []
        for method in (other.load, other.manifest, other.version, other.info, other.purge, other.expire):
            with pytest.raises(SessionNotFoundError):
                method("example")
        assert one.sessions() == ["example"]

    def test_contents_are_unknown_elsewhere(self, tenants: Tenants) -> None:
        """A hash of one tenant's content tells the other nothing, and cannot be deleted there."""
        one, other = tenants
        [name] = one.put([b"a secret of one"])
        assert not other.has(name)
        for method in (other.get, other.delete):
            with pytest.raises(ContentNotFoundError):
                method(name)
        assert one.get(name) == b"a secret of one"

    def test_puts_are_counted_apart(self, tenants: Tenants) -> None:
        """Deleting what both have put leaves the other's."""
        one, other = tenants
        [name] = one.put([b"both have it"])
        other.put([b"both have it"])
        assert one.delete(name) is True
        assert other.get(name) == b"both have it"

    def test_the_same_session_id(self, tenants: Tenants) -> None:
        """Two tenants have a session of one id and the same contents; purging one leaves the other's every byte."""
        one, other = tenants
        compressed(one)
        graph, changes = compressed(other)
        one.purge("example")
        assert graph_bytes(other.load("example")) == graph_bytes(graph)
        assert other.manifest("example").changes == tuple(changes)
        for change in changes:
            for state in (change.before, change.after):
                assert state is None or other.get(state.content_id) is not None
        assert list(other.verify()) == []

    def test_expiry_is_unknown_elsewhere(self, tenants: Tenants) -> None:
        """That a session or a content expired in one tenant is no news to the other."""
        one, other = tenants
        _, changes = compressed(one)
        one.expire("example")
        with pytest.raises(SessionNotFoundError) as caught:
            other.load("example")
        assert not isinstance(caught.value, SessionExpiredError)
        for change in changes:
            for state in (change.before, change.after):
                if state is not None:
                    with pytest.raises(ContentNotFoundError) as missing:
                        other.get(state.content_id)
                    assert not isinstance(missing.value, ContentExpiredError)

    def test_garbage_is_collected_apart(self, tenants: Tenants) -> None:
        """Collecting one tenant's garbage leaves what the other has put."""
        one, other = tenants
        [name] = one.put([b"put by one"])
        assert other.gc(dry_run=False, abandoned_seconds=0).abandoned == ()
        assert one.has(name)
