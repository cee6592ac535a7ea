"""History: what happened to a cache, in the one order that all processes see who have the same log.

1. A record is taken only once the log has it, behind all that others wrote before; so every process takes the same
   records in the same order. Without a log, the order is that of this process.
2. A write is two records, its beginning and its end. One whose process died ends when its lease is over.
3. A log that is mostly past is written anew, with what is at hand.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from context_core import StoreError
from context_toolkit.cache.records import Began, Dropped, Ended, Put

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from threading import RLock

    from context_toolkit.cache.entry import Entry
    from context_toolkit.cache.extent import Extent
    from context_toolkit.cache.log import RecordLog
    from context_toolkit.cache.records import Record
    from context_toolkit.cache.shelf import Shelf

_LOG_SPARE = 200
"""Revisions that a log may have beside four for each result at hand, before it is written anew."""


class History:
    """Lets records happen to a shelf, in the order of a log where there is one.

    Args:
        shelf: what they happen to.
        log: the records of all processes; None keeps them to this one.
        turn: held while something happens, by the cache, too.
        clock: returns the time in seconds.
        lease_seconds: how long a write of another process may take.
        on_write: is called with what was written, or with None where it may have been anything.
    """

    def __init__(
        self,
        shelf: Shelf,
        log: RecordLog | None,
        turn: RLock,
        clock: Callable[[], float],
        lease_seconds: float,
        on_write: Callable[[Extent | None], None],
    ) -> None:
        self._shelf = shelf
        self._log = log
        self._turn = turn
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._on_write = on_write
        self._own_writes: set[str] = set()
        self._unsent: list[Ended] = []

    def put(self, entry: Entry, since: int) -> bool:
        """Keep a result, unless a write touched what it read since a position of the shelf; return whether it is kept.

        Raises:
            StoreError: the log cannot be read or written.
        """
        with self._turn:
            while True:
                self.catch_up()
                if self._shelf.is_overtaken(since, entry.is_touched):
                    return False
                if self._log is None or self._log.add(Put(entry)):
                    break
            self._take(Put(entry))
            self._shorten_log()
            return True

    @contextmanager
    def writing(self, written: Extent) -> Generator[None]:
        """Let a write begin, run the block, and let it end, also if the block fails; of nothing, just run the block.

        Raises:
            StoreError: the log cannot be told that it begins; the block has not run.
        """
        if not written:
            yield
            return
        write_id = uuid4().hex
        with self._turn:
            self._own_writes.add(write_id)
            try:
                self.write(Began(write_id, written, self._clock()))
            except BaseException:
                self._own_writes.discard(write_id)  # should the store have it all the same, its lease will end
                raise
        try:
            yield
        finally:
            self._end(Ended(write_id, written))

    def write(self, record: Record) -> None:
        """Let a record happen, in all processes.

        Raises:
            StoreError: the log cannot be read or written.
        """
        self.catch_up()
        while self._log is not None and not self._log.add(record):
            self.catch_up()
        self._take(record)

    def catch_up(self) -> None:
        """Let happen what other processes have written since, and end the writes of those that died.

        Raises:
            StoreError: the log cannot be read.
        """
        if self._log is None:
            return
        news = self._log.news()
        if news is None:
            self._shelf.start_anew(self._own_writes)
            self._on_write(None)
            news = self._log.news() or []
        for record in news:
            self._take(record)
        while self._unsent and self._log.add(self._unsent[0]):
            self._unsent.pop(0)
        now = self._clock()
        for began in self._shelf.open_writes():
            if began.write_id not in self._own_writes and now - began.at > self._lease_seconds:
                self._take(Ended(began.write_id, began.written))

    def _take(self, record: Record) -> None:
        self._shelf.take(record)
        if not isinstance(record, Put):
            self._on_write(None if isinstance(record, Dropped) else record.written)

    def _end(self, ended: Ended) -> None:
        with self._turn:
            self._own_writes.discard(ended.write_id)
            try:
                self.write(ended)
                self._shorten_log()
            except StoreError:
                self._take(ended)
                self._unsent.append(ended)  # others keep nothing that it touches until it is sent, or their lease ends

    def _shorten_log(self) -> None:
        """Write the log anew, where most of it is past; not while a write is open, whose record would be lost."""
        if self._log is None or self._log.version <= 4 * len(self._shelf) + _LOG_SPARE:
            return
        if not self._shelf.open_writes() and not self._unsent:
            try:
                self._log.shorten([Put(entry) for entry in self._shelf.entries()])
            except StoreError:
                return  # it stays long; the next record says what is wrong with the store
