"""What in a namespace of a file store is not as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core import (
    ConflictError,
    ContentCorruptedError,
    ContentNotFoundError,
    Fault,
    SessionState,
    StoreError,
)
from context_memory.blob_contents import CONTENTS
from context_memory.files.journal import outline, revisions_of
from context_memory.files.ledger import LedgerFile
from context_memory.files.lines import first_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from context_memory.files.space import Space


def faults(space: Space) -> Iterator[Fault]:
    """Yield what is damaged or missing in a namespace: contents, the ledger, journals.

    Writers are kept away from one file at a time only. What they remove meanwhile is no fault.
    """
    yield from _of_contents(space)
    with space.reading():
        found = list(_of_ledger(space))
        paths = space.paths()
    yield from found
    for path in paths:
        with space.reading():
            found = list(_of_journal(space, path))
        yield from found


def _of_contents(space: Space) -> Iterator[Fault]:
    for name in sorted(space.blobs.names(CONTENTS)):
        content_id = name.removeprefix(CONTENTS)
        try:
            space.content(content_id)
        except ContentNotFoundError:
            continue  # deleted meanwhile
        except (ContentCorruptedError, StoreError) as error:
            yield Fault("content", content_id, None, f"{error} ({space.blobs.path(name)})")


def _of_ledger(space: Space) -> Iterator[Fault]:
    try:
        LedgerFile(space.ledger.path, space.folder).read()
    except (StoreError, FileNotFoundError) as error:
        yield Fault("file", space.ledger.path.name, None, str(error))


def _of_journal(space: Space, path: Path) -> Iterator[Fault]:
    session_id: Any = None
    try:
        session_id = first_record(path).get("session")
        _, _, needed = outline(path)
        yield from (
            Fault("content", name, session_id, "is not in the store; restore it from a backup")
            for name in sorted(needed)
            if not space.contents.has(CONTENTS + name)
        )
        state = SessionState(session_id, space.content, 0.0)
        for revision in revisions_of(path, space.content):
            state.apply(revision)
    except FileNotFoundError:
        return  # purged meanwhile
    except (StoreError, ConflictError) as error:
        yield Fault("file", path.name, session_id, str(error))
    except (ContentNotFoundError, ContentCorruptedError):
        return  # named above
