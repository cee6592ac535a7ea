"""A pause of Python's garbage collector while many objects are made that all stay."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def gc_paused() -> Generator[None]:
    """Run a block without the collector of reference cycles.

    It looks through all objects each time their number has grown by a quarter. While a graph is made it finds nothing,
    and takes a third of the time. Threads may overlap: whoever found the collector running starts it again, so that it
    is never left off.

    Example:
        >>> with gc_paused():
        ...     gc.isenabled()
        False
        >>> gc.isenabled()
        True
    """
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()
