"""A state machine that does to a content store and to a dict what comes to Hypothesis's mind, and compares them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from context_core.errors import ContentNotFoundError
from context_core.hashing import content_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from context_core.stores import ContentStore

FEW = (b"", b"a", b"b" * 1_000, bytes(range(256)))
"""Contents so few that they are put, deleted and put again."""

_CONTENTS = st.sampled_from(FEW) | st.binary(max_size=40)


class ContentStoreMachine(RuleBasedStateMachine):
    """Puts, reads and deletes contents, and restarts the store; `content_store_machine` makes one.

    Args:
        start: returns a new and empty store.
        restart: closes a store, and returns another one on the same data; None where there is no such thing.
        stop: closes a store for good.
    """

    def __init__(
        self, start: Callable[[], Any], restart: Callable[[Any], Any] | None, stop: Callable[[Any], object] | None
    ) -> None:
        super().__init__()
        self._store: ContentStore = start()
        self._restart = restart
        self._stop = stop
        self._puts = Counter[bytes]()

    @rule(contents=st.lists(_CONTENTS, max_size=4))
    def put(self, contents: list[bytes]) -> None:
        """Put contents, some of them there already."""
        assert self._store.put(contents) == [content_id(data) for data in contents]
        self._puts.update(contents)

    @rule(data=_CONTENTS)
    def get(self, data: bytes) -> None:
        """Read a content, there or not."""
        if self._puts[data]:
            assert self._store.get(content_id(data)) == data
        else:
            with pytest.raises(ContentNotFoundError):
                self._store.get(content_id(data))

    @rule(data=_CONTENTS)
    def delete(self, data: bytes) -> None:
        """Delete a content, there or not."""
        if self._puts[data]:
            self._puts[data] -= 1
            assert self._store.delete(content_id(data)) is (self._puts[data] == 0)
        else:
            with pytest.raises(ContentNotFoundError):
                self._store.delete(content_id(data))

    @precondition(lambda self: self._restart is not None)
    @rule()
    def restart(self) -> None:
        """Close the store and open it again."""
        if self._restart is not None:
            self._store = self._restart(self._store)

    @invariant()
    def has_what_the_dict_has(self) -> None:
        """Check that the store has the same of the few contents as the dict."""
        assert [self._store.has(content_id(data)) for data in FEW] == [self._puts[data] > 0 for data in FEW]

    def teardown(self) -> None:
        """Close the store."""
        if self._stop is not None:
            self._stop(self._store)


def content_store_machine(
    start: Callable[[], Any],
    *,
    restart: Callable[[Any], Any] | None = None,
    stop: Callable[[Any], object] | None = None,
) -> type[ContentStoreMachine]:
    """Return a state machine for the stores that `start` makes; its ``TestCase`` is a test that pytest runs.

    Args:
        start: returns a new and empty store.
        restart: closes a store, and returns another one on the same data.
        stop: closes a store for good.

    Example:
        >>> from context_core import MemoryContentStore
        >>> TestMachine = content_store_machine(MemoryContentStore).TestCase
    """

    class Machine(ContentStoreMachine):
        """The machine of these stores: Hypothesis makes machines without arguments."""

        def __init__(self) -> None:
            super().__init__(start, restart, stop)

    return Machine
