"""Parents before children: a log written by several threads may hold a row a little before the row it follows.

1. A row whose parent was seen goes on at once, and after it the rows that waited for it.
2. A row whose parent was not seen waits, for `PATIENCE` rows at most; then the parent is taken to be missing.
3. What still waits at the end of the file is left for the time when the file has grown: taking it in without its
   parent would tear its branch for good.
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
    seen: set[str] = set()
    waiting: dict[str, list[Row]] = {}
    arrivals: deque[tuple[int, str]] = deque()
    for count, row in enumerate(row for row in rows if isinstance(row[1].get("uuid"), str)):
        parent = row[1].get("parentUuid")
        if not isinstance(parent, str) or parent in seen or not seen:
            yield from _release(row, waiting, seen)
        else:
            waiting.setdefault(parent, []).append(row)
            arrivals.append((count, parent))
        while arrivals and count - arrivals[0][0] >= PATIENCE:
            _, missing = arrivals.popleft()
            if missing in waiting and not _is_waiting(missing, waiting):
                for late in waiting.pop(missing):
                    notes.mended(late[0], f"follows row {missing}, which is missing; read as a start")
                    yield from _release(late, waiting, seen)
    for row in sorted((row for held in waiting.values() for row in held), key=lambda row: row[0]):
        notes.mended(row[0], f"waits for row {row[1]['parentUuid']}; read again once the file holds it")


def _release(row: Row, waiting: dict[str, list[Row]], seen: set[str]) -> Iterator[Row]:
    """Yield a row, then those that waited for it, and for them."""
    ready = [row]
    while ready:
        at = ready.pop(0)
        uuid: Any = at[1]["uuid"]
        seen.add(uuid)
        yield at
        ready += waiting.pop(uuid, [])


def _is_waiting(uuid: str, waiting: dict[str, list[Row]]) -> bool:
    return any(row[1]["uuid"] == uuid for held in waiting.values() for row in held)
