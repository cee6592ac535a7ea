"""What nothing in a namespace of a file store points to."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from context_core import Garbage
from context_memory.blob_contents import CONTENTS

if TYPE_CHECKING:
    from context_memory.files.space import Space


def collect(space: Space, *, dry_run: bool, abandoned_seconds: float | None) -> Garbage:
    """Free contents that no journal needs and that nobody has put, and leftovers of killed writers; return what.

    Args:
        space: the namespace, locked for writing.
        dry_run: only tell.
        abandoned_seconds: free contents, too, that were put so long ago.
    """
    ledger = space.derived_ledger(space.ledger.read())
    before = float("-inf") if abandoned_seconds is None else time.time() - abandoned_seconds
    needed = set[str]().union(*ledger.needs.values())
    free = [name.removeprefix(CONTENTS) for name in space.blobs.names(CONTENTS)]
    free = sorted(name for name in free if name not in needed)
    garbage = [name for name in free if ledger.puts[name] <= 0]
    abandoned = [name for name in free if ledger.puts[name] > 0 and ledger.put_at[name] <= before]
    freed = sum(space.blobs.size(CONTENTS + name) for name in garbage + abandoned)
    if not dry_run:
        space.remove_contents(garbage + abandoned)
        ledger.drop(garbage + abandoned)
        space.ledger.write(ledger)
        space.sweep()
    return Garbage(tuple(garbage), tuple(abandoned), freed, dry_run)
