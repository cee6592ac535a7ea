"""The ledger of a file store: what it knows beside its sessions.

Which contents were put and how often, which session needs which, the order in which sessions were written to, and what
has expired. It is a file of lines, of which each is a step; now and then it is written anew as one line. A session
is noted as needing a content before its journal names it, and a put is taken back only after: a crash between leaves
a content for too long, until `gc` looks into the journals, and never takes one away.
"""

from __future__ import annotations

import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

from context_memory.durable import write_whole
from context_memory.files.lines import append_line, damaged, encoded, first_record, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LEAST_BYTES = 1 << 20
"""Bytes of steps below which a ledger is not written anew."""


class Ledger:
    """What the lines of a ledger have made of an empty one.

    Attributes:
        puts: how often each content was put and not taken back.
        put_at: when each was put last, in seconds since the epoch.
        needs: the contents that each session needs.
        written: when each session was written to last, in that order.
        expired_sessions: when each was expired.
        expired_contents: when each was expired.

    Example:
        >>> ledger = Ledger()
        >>> ledger.apply({"step": "put", "contents": ["2cf2"], "at": 1.0})
        >>> ledger.is_needed("2cf2")
        True
    """

    def __init__(self) -> None:
        self.puts = Counter[str]()
        self.put_at: dict[str, float] = {}
        self.needs: dict[str, set[str]] = {}
        self.written: dict[str, float] = {}
        self.expired_sessions: dict[str, float] = {}
        self.expired_contents: dict[str, float] = {}
        self._needed = Counter[str]()

    def is_needed(self, content_id: str) -> bool:
        """Return whether a content was put, or a session needs it."""
        return self.puts[content_id] > 0 or self._needed[content_id] > 0

    def is_needed_once(self, content_id: str) -> bool:
        """Return whether a content that a session needs is needed by nothing else."""
        return self.puts[content_id] <= 0 and self._needed[content_id] <= 1

    def apply(self, step: dict[str, Any]) -> None:
        """Take a step.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        kind = step["step"]
        if kind == "put":
            self._put(step["contents"], step["at"])
        elif kind == "take":
            self._take(step["contents"])
        elif kind == "need":
            self.need(step["session"], step["contents"])
        elif kind == "wrote":
            self._take(step["takes"])
            self.written.pop(step["session"], None)
            self.written[step["session"]] = step["at"]
            self.expired_sessions.pop(step["session"], None)
        elif kind == "expire":
            self.forget(step["session"])
            self.expired_sessions[step["session"]] = step["at"]
            self.drop(step["contents"])
            self.expired_contents.update(dict.fromkeys(step["contents"], step["at"]))
        elif kind == "all":
            self._become(step)
        else:
            raise ValueError(f"got step {kind!r} of a ledger; expected one that this release knows")

    def need(self, session_id: str, contents: Iterable[str]) -> None:
        """Note that a session needs contents, those included that it needed before."""
        there = self.needs.setdefault(session_id, set())
        fresh = set(contents) - there
        there |= fresh
        self._needed.update(fresh)
        for name in fresh:
            self.expired_contents.pop(name, None)

    def forget(self, session_id: str) -> set[str]:
        """Forget a session; return the contents that it needed."""
        needed = self.needs.pop(session_id, set())
        self._needed.subtract(needed)
        self.written.pop(session_id, None)
        self.expired_sessions.pop(session_id, None)
        return needed

    def drop(self, contents: Iterable[str]) -> None:
        """Forget contents that are gone."""
        for name in contents:
            self.puts.pop(name, None)
            self.put_at.pop(name, None)
            self._needed.pop(name, None)
            self.expired_contents.pop(name, None)

    def without(self, session_id: str, contents: Iterable[str]) -> Ledger:
        """Return a ledger that has never heard of a session, nor of contents."""
        ledger = Ledger()
        ledger.apply(self.to_step())
        ledger.forget(session_id)
        ledger.drop(contents)
        return ledger

    def to_step(self) -> dict[str, Any]:
        """Return all of it as one step."""
        return {
            "step": "all",
            "puts": {name: [count, self.put_at.get(name, 0.0)] for name, count in self.puts.items() if count > 0},
            "needs": {name: sorted(needed) for name, needed in self.needs.items()},
            "written": self.written,
            "expired_sessions": self.expired_sessions,
            "expired_contents": self.expired_contents,
        }

    def _put(self, contents: list[str], at: float) -> None:
        self.puts.update(contents)
        for name in contents:
            self.put_at[name] = at
            self.expired_contents.pop(name, None)

    def _take(self, contents: list[str]) -> None:
        for name in contents:
            self.puts[name] = max(self.puts[name] - 1, 0)

    def _become(self, step: dict[str, Any]) -> None:
        if self.puts or self.needs or self.written:
            raise ValueError("got all of a ledger behind other steps; expected it first")
        for name, (count, at) in step["puts"].items():
            self.puts[name] = count
            self.put_at[name] = at
        for session_id, needed in step["needs"].items():
            self.need(session_id, needed)
        self.written = dict(step["written"])
        self.expired_sessions = dict(step["expired_sessions"])
        self.expired_contents = dict(step["expired_contents"])


class LedgerFile:
    """A ledger and its file; the caller holds the lock of the folder.

    Args:
        path: the file.
        scratch: a folder on the same disk, for the file while it is written anew.

    Raises:
        StoreError: by all methods, a line is damaged.
    """

    def __init__(self, path: Path, scratch: Path) -> None:
        self.path = path
        self._scratch = scratch
        self._forget()

    def read(self) -> Ledger:
        """Return the ledger as it is now; only what is new is read. It is the file's, not to be changed."""
        identity = first_record(self.path).get("ledger")
        if identity != self._id:
            self._forget()
            self._id = identity
        lines = read_lines(self.path, start=self._end, first=self._lines + 1)
        for record, end in zip(lines.records, lines.ends, strict=True):
            self._apply(record)
            self._end = end
            if self._lines == 2:
                self._compact = end
        return self._ledger

    def add(self, step: dict[str, Any], *, flush: bool = True) -> None:
        """Take a step, in the file first."""
        ledger = self.read()
        try:
            self._end = append_line(self.path, step, end=self._end, flush=flush)
            self._lines += 1
            ledger.apply(step)
        except BaseException:
            self._forget()
            raise
        if self._end > self._compact + max(self._compact, _LEAST_BYTES):
            self.write(ledger)

    def write(self, ledger: Ledger) -> None:
        """Write a ledger anew as one step, in the place of all lines, of which no byte stays."""
        identity = {"ledger": uuid.uuid4().hex}
        lines = encoded(identity) + encoded(ledger.to_step())
        self._forget()
        write_whole(self.path, lines, self._scratch)
        self._ledger, self._lines = ledger, 2
        self._id = identity["ledger"]
        self._end = self._compact = len(lines)

    def _apply(self, record: dict[str, Any]) -> None:
        self._lines += 1
        if self._lines == 1:  # the identity, which tells this file from the one before it was written anew
            return
        try:
            self._ledger.apply(record)
        except (KeyError, TypeError, ValueError, AttributeError):
            number = self._lines
            self._forget()
            raise damaged(self.path, number) from None

    def _forget(self) -> None:
        self._ledger = Ledger()
        self._id: Any = None
        self._end = self._lines = self._compact = 0
