"""Parents before children: a log written by several threads may hold a row a little before the row it follows.

1. A row whose parent was seen goes on at once, and after it the rows that waited for it.
2. A row whose parent was not seen waits, for `PATIENCE` rows at most, or to the end of the file; then its parent is
   taken to be missing, and it follows the row before it.
3. A result at the end of the file for which nothing waits is left for the time when the file has grown: its call is
   about to be written, and taking it in without the call would tear the two apart for good.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from context_core.readers import Row
    from context_core.readers.notes import Notes

PATIENCE = 50
"""Rows that may come between a row and a parent written after it. Seen in real logs: 1 or 2."""


def parents_first(rows: Iterable[Row], notes: Notes) -> Iterator[Row]:
    """Yield the rows that have a `uuid`, each behind the row that its `parentUuid` names.

    The first row may lack its parent: a file may start in the middle of a session.
    """
    queue = _Queue(notes)
    for count, row in enumerate(row for row in rows if isinstance(row[1].get("uuid"), str)):
        yield from queue.take(count, row)
        yield from queue.release_overdue(count - PATIENCE)
    yield from queue.release_rest()


class _Queue:
    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._seen: set[str] = set()
        self._last: str | None = None
        self._waiting: dict[str, Row] = {}
        self._children: dict[str, list[str]] = {}
        self._arrivals: deque[tuple[int, str]] = deque()

    def take(self, count: int, row: Row) -> Iterator[Row]:
        uuid, parent = row[1]["uuid"], row[1].get("parentUuid")
        is_free = not isinstance(parent, str) or parent in self._seen or not self._seen
        if is_free or uuid in self._waiting:
            yield from self._release(row)
            return
        self._waiting[uuid] = row
        self._children.setdefault(str(parent), []).append(uuid)
        self._arrivals.append((count, uuid))

    def release_overdue(self, latest: int) -> Iterator[Row]:
        while self._arrivals and self._arrivals[0][0] <= latest:
            _, uuid = self._arrivals.popleft()
            if uuid in self._waiting:
                yield from self._release_orphan(self._first_waiting(uuid))

    def release_rest(self) -> Iterator[Row]:
        for uuid in list(self._waiting):
            if uuid in self._waiting:
                first = self._first_waiting(uuid)
                if self._children.get(first) or not _is_result(self._waiting[first][1]):
                    yield from self._release_orphan(first)
                else:
                    line, row = self._waiting[first]
                    self._notes.mended(line, f"waits for row {row['parentUuid']}; read again once the file holds it")

    def _first_waiting(self, uuid: str) -> str:
        """Return the ancestor whose parent is missing; of a circle, the row asked for."""
        passed = {uuid}
        at = uuid
        while (parent := self._waiting[at][1]["parentUuid"]) in self._waiting:
            if parent in passed:
                return uuid
            passed.add(parent)
            at = parent
        return at

    def _release_orphan(self, uuid: str) -> Iterator[Row]:
        line, row = self._waiting[uuid]
        self._notes.mended(line, f"follows row {row['parentUuid']}, which is missing; read behind the row before it")
        yield from self._release((line, {**row, "parentUuid": self._last}))

    def _release(self, row: Row) -> Iterator[Row]:
        """Yield a row, then those that waited for it, and for them."""
        ready: deque[Row] = deque([row])
        while ready:
            at = ready.popleft()
            uuid: Any = at[1]["uuid"]
            self._waiting.pop(uuid, None)
            self._seen.add(uuid)
            self._last = uuid
            yield at
            ready.extend(self._waiting[child] for child in self._children.pop(uuid, ()) if child in self._waiting)


def _is_result(row: dict[str, Any]) -> bool:
    message = row.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    return isinstance(content, list) and any(
        isinstance(block, dict) and block.get("type") == "tool_result" for block in content
    )
