"""The shelf: the results at hand within bounds, and the writes that a result under way must not miss.

1. A write takes out every result that read what it touches when it begins, and until it has ended, nothing that it
   touches comes in: nobody knows when in between it takes effect.
2. A write that failed may have written half, and counts the same.
3. A result comes in only if no write that touches it began, was open, or ended since its call began. Positions tell:
   each write moves the shelf's position on, and a call remembers the one at which it began.
4. Of more than the bounds allow, the result used longest ago goes.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, NamedTuple

from context_toolkit.cache.records import Began, Dropped, Ended, Put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from context_toolkit.cache.entry import Entry
    from context_toolkit.cache.extent import Extent
    from context_toolkit.cache.records import Record

_REMEMBERED = 1_000
"""Writes that are remembered; a call that began before the first of them is taken to have missed one."""


class _Past(NamedTuple):
    position: int
    written: Extent | None  # None for results dropped by name: no call under way then is kept


class Shelf:
    """Entries within bounds; not for several threads at once.

    Args:
        max_items: entries.
        max_tokens: tokens of all entries together.

    Attributes:
        position: how many writes and drops there were.
        tokens: of all entries.
        invalidated: entries that writes and drops took out.
        evicted: entries that went for the bounds.

    Raises:
        ValueError: a bound is below 1.
    """

    def __init__(self, max_items: int, max_tokens: int) -> None:
        for name, bound in (("max_items", max_items), ("max_tokens", max_tokens)):
            if bound < 1:
                raise ValueError(f"got {name}={bound}; expected at least 1")
        self.max_items = max_items
        self.max_tokens = max_tokens
        self.position = 0
        self.tokens = 0
        self.invalidated = 0
        self.evicted = 0
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._groups: dict[str, dict[str, None]] = {}
        self._open: dict[str, Began] = {}
        self._past: deque[_Past] = deque(maxlen=_REMEMBERED)
        self._floor = 0

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    def peek(self, key: str) -> Entry | None:
        """Return an entry; that is no use of it."""
        return self._entries.get(key)

    def use(self, key: str) -> None:
        """Let an entry be the one used last."""
        self._entries.move_to_end(key)

    def group(self, group: str) -> Iterator[Entry]:
        """Yield the entries of calls that differ in their free text alone."""
        yield from (self._entries[key] for key in self._groups.get(group, ()))

    def entries(self) -> list[Entry]:
        """Return all entries, the one used longest ago first."""
        return list(self._entries.values())

    def open_writes(self) -> list[Began]:
        """Return the writes that have not ended."""
        return list(self._open.values())

    def is_overtaken(self, since: int, is_touched: Callable[[Extent], bool]) -> bool:
        """Return whether a call that began at a position may have missed a write.

        Args:
            since: the position.
            is_touched: returns whether a write touches what the call read.
        """
        forgotten = self._past[0].position - 1 if len(self._past) == _REMEMBERED else self._floor
        if since < max(self._floor, forgotten):
            return True
        for past in reversed(self._past):
            if past.position <= since:
                break
            if past.written is None or is_touched(past.written):
                return True
        return any(is_touched(began.written) for began in self._open.values())

    def __len__(self) -> int:
        return len(self._entries)

    # ── changing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def take(self, record: Record) -> None:
        """Let a record happen."""
        match record:
            case Put(entry):
                self._put(entry)
            case Began(write_id, written):
                self._open[write_id] = record
                self._write(written)
            case Ended(write_id, written):
                if self._open.pop(write_id, None) is None:
                    self._write(written)  # it was taken to have ended before, so what it touches may have come in
                else:
                    self._pass(written)
            case Dropped(tool, scope):
                self._pass(None)
                self._take_out(e for e in self.entries() if tool in (None, e.tool) and scope in (None, e.scope))

    def expire(self, key: str) -> None:
        """Take out an entry that is too old."""
        self._remove(key)

    def start_anew(self, own: Iterable[str]) -> None:
        """Forget all entries and all writes but those of one's own that are open; calls under way are not kept."""
        kept = {write_id: self._open[write_id] for write_id in own if write_id in self._open}
        self._take_out(self.entries())
        self._open = kept
        self.position += 1
        self._floor = self.position
        self._past.clear()

    def _put(self, entry: Entry) -> None:
        self._remove(entry.key)
        if entry.tokens > self.max_tokens or any(entry.is_touched(began.written) for began in self._open.values()):
            return
        while self.tokens + entry.tokens > self.max_tokens or len(self._entries) >= self.max_items:
            self._remove(next(iter(self._entries)))
            self.evicted += 1
        self._entries[entry.key] = entry
        self.tokens += entry.tokens
        if entry.group is not None:
            self._groups.setdefault(entry.group, {})[entry.key] = None

    def _write(self, written: Extent) -> None:
        self._pass(written)
        self._take_out(entry for entry in self.entries() if entry.is_touched(written))

    def _pass(self, written: Extent | None) -> None:
        self.position += 1
        self._past.append(_Past(self.position, written))

    def _take_out(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._remove(entry.key)
            self.invalidated += 1

    def _remove(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self.tokens -= entry.tokens
        if entry.group is not None:
            group = self._groups[entry.group]
            del group[key]
            if not group:
                del self._groups[entry.group]
