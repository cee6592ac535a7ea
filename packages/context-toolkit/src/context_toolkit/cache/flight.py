"""Flights: runs under way, which equal calls wait for instead of running as well."""

from __future__ import annotations

from threading import Event, get_ident
from typing import TYPE_CHECKING, Any

from context_core import operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from context_toolkit.cache.entry import Kept
    from context_toolkit.cache.extent import Extent


class Flight:
    """One run of a call.

    Args:
        reads: what the call reads.
        in_result: whether it reads what its result says, too; that is not known yet.
        is_ahead: whether nobody has asked for the result yet: then its failure is nobody's.

    Attributes:
        owner: id of the thread that runs it.
        value: the result.
        kept: the result as text, where it has one.
        error: what it raised.
    """

    def __init__(self, reads: Extent, *, in_result: bool, is_ahead: bool) -> None:
        self.owner = get_ident()
        self.is_ahead = is_ahead
        self.value: Any = None
        self.kept: Kept | None = None
        self.error: BaseException | None = None
        self._reads = reads
        self._in_result = in_result
        self._landed = Event()

    def may_be_touched(self, written: Extent | None) -> bool:
        """Return whether a write, or a drop by name, may change what it is about to return."""
        return written is None or (self._in_result and bool(written)) or written.touches(self._reads)

    def land(self) -> None:
        """Let those who wait go on."""
        self._landed.set()

    def wait(self) -> bool:
        """Wait until it has landed; return whether its end is one for those who waited: a result, or an error.

        It is none where the run was stopped, or was ahead and failed.
        """
        self._landed.wait()
        return self.error is None or (isinstance(self.error, Exception) and not self.is_ahead)


def told(tool: str, run: Callable[[], Any]) -> Callable[[], Any]:
    """Return a function that runs a tool, and tells sinks of it."""

    def run_told() -> Any:
        with operation("cache_miss", tool=tool):
            return run()

    return run_told
