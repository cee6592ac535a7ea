"""A namespace of a file store: its folder, and what this process has read of it.

    blobs/contents/…     contents, as zstd where that is smaller
    sessions/NAME.jsonl  a journal for each session
    ledger.jsonl         what is known beside them
    lock                 one writer or many readers

A write goes in this order, so that a crash between two steps leaves too much and never too little: contents, the note
that the session needs them, the journal's line, and then the note that the session was written to.
"""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from contextlib import contextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING, Any

from context_core import ContentCorruptedError, ContentNotFoundError, SessionExpiredError, SessionNotFoundError
from context_core.stores import verified
from context_memory.blob_contents import CONTENTS, read_content
from context_memory.blobs.compressed import Compressed
from context_memory.blobs.folder import FolderBlobs
from context_memory.durable import TEMPORARY, flush_folder, make_folder, write_whole
from context_memory.files.failures import explained
from context_memory.files.journal import Journal, line_of, named, new_journal, outline, read_journal
from context_memory.files.ledger import Ledger, LedgerFile
from context_memory.files.lines import append_line, encoded, first_record
from context_memory.files.lock import FolderLock
from context_memory.safe_names import safe_name

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from context_core import Revision

_SUFFIX = ".jsonl"
_KEPT_JOURNALS = 64
"""Sessions that are kept in memory as far as they were read."""


class Space:
    """The folder of a namespace; all methods but `content` are called while a lock is held.

    Args:
        folder: it is made where it is missing.

    Raises:
        StoreError: it cannot be made, or this system has no file locks.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs = FolderBlobs(folder / "blobs")
        self.contents = Compressed(self.blobs)
        self._sessions = folder / "sessions"
        self._scratch = folder / ".scratch"
        self._journals: OrderedDict[str, Journal] = OrderedDict()
        self._turn = RLock()
        with explained(folder):
            make_folder(self._sessions)
            make_folder(self._scratch)
        self._lock = FolderLock(folder / "lock")
        self.ledger = LedgerFile(folder / "ledger.jsonl", self._scratch)
        if not self.ledger.path.exists():
            with self.writing():
                if not self.ledger.path.exists():
                    self.ledger.write(self.derived_ledger())

    @contextmanager
    def reading(self) -> Generator[None]:
        """Keep writers away while the block runs."""
        with self._turn, self._lock.held(exclusive=False), explained(self.folder):
            yield

    @contextmanager
    def writing(self) -> Generator[None]:
        """Keep all others away while the block runs."""
        with self._turn, self._lock.held(exclusive=True), explained(self.folder):
            yield

    # ── contents ─────────────────────────────────────────────────────────────────────────────────────────────────

    def content(self, content_id: str) -> bytes:
        """Return a content, verified.

        Raises:
            ContentNotFoundError: it is not there, expired or not.
            ContentCorruptedError: its bytes do not hash to its id.
        """
        data = read_content(self.contents, content_id)
        if data is None:
            raise ContentNotFoundError(content_id)
        return verified(content_id, data)

    def write_contents(self, contents: dict[str, bytes]) -> None:
        """Write contents that are not there, all or none."""
        fresh = [name for name in contents if not self.contents.has(CONTENTS + name)]
        try:
            for name in fresh:
                self.contents.write(CONTENTS + name, contents[name])
        except BaseException:
            with suppress(OSError):
                self.remove_contents(fresh)
            raise

    def remove_contents(self, content_ids: Sequence[str]) -> int:
        """Remove contents; return how many bytes they took in the store."""
        freed = 0
        for name in content_ids:
            freed += self.blobs.size(CONTENTS + name)
            self.blobs.remove(CONTENTS + name)
        return freed

    # ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────

    def session(self, session_id: str) -> Journal:
        """Return a session's journal, as it is now.

        Raises:
            SessionNotFoundError, SessionExpiredError: there is no such session, or none any more.
            StoreError: the journal is damaged.
        """
        journal = self.find(session_id)
        if journal is not None:
            return journal
        expired_at = self.ledger.read().expired_sessions.get(session_id)
        if expired_at is not None:
            raise SessionExpiredError(session_id, expired_at)
        raise SessionNotFoundError(session_id)

    def find(self, session_id: str) -> Journal | None:
        """Return a session's journal, as it is now, or None where there is no such session."""
        # Taken out of memory until it was read to its end: what fails on the way is read anew.
        known = self._journals.pop(session_id, None)
        try:
            journal = read_journal(self.path(session_id), known, self.content)
        except FileNotFoundError:
            return None
        self._keep(journal)
        return journal

    def write(self, journal: Journal | None, session_id: str, revisions: Sequence[Revision], at: float) -> None:
        """Take revisions as the next ones of a session, and make it the last one written to.

        Args:
            journal: as `find` has just returned it.
            session_id: the session.
            revisions: all of them or none are written.
            at: when, in seconds since the epoch, where there are no revisions to say so.

        Raises:
            ConflictError, ContentNotFoundError: a revision does not fit the state; nothing is written.
        """
        self._journals.pop(session_id, None)
        begun = None
        if journal is None:
            journal, begun = new_journal(session_id, revisions[0].written_at if revisions else at, self.content)
        for revision in revisions:
            journal.state.apply(revision)
        record, long = line_of(revisions)
        takes = [name for revision in revisions for name in named(revision.changes)]
        self.write_contents(long)
        if fresh := {*takes, *long} - self.ledger.read().needs.get(session_id, set()):
            self.ledger.add({"step": "need", "session": session_id, "contents": sorted(fresh)})
        self._write_line(journal, begun, record if revisions else None)
        # It is written now. Without this note it would stand further down among the sessions, and puts that it took
        # over would stay: no reason to tell the caller that the write failed.
        with suppress(OSError):
            at = revisions[-1].written_at if revisions else at
            self.ledger.add({"step": "wrote", "session": session_id, "at": at, "takes": takes}, flush=False)
        self._keep(journal)

    def erase(self, session_id: str) -> tuple[Journal, list[str], int]:
        """Erase a session's journal and the contents that nothing else needs, not the ledger's word of them.

        Returns:
            What the journal was, the ids of the contents, and their bytes before compression.

        Raises:
            SessionNotFoundError, SessionExpiredError: there is no such session, or none any more.
        """
        journal, ledger = self.session(session_id), self.ledger.read()
        del self._journals[session_id]
        gone = [name for name in sorted(ledger.needs.get(session_id, ())) if ledger.is_needed_once(name)]
        size = sum(map(self._size, gone))
        self.path(session_id).unlink()
        flush_folder(self._sessions)
        self.remove_contents(gone)
        return journal, gone, size

    def path(self, session_id: str) -> Path:
        """Return the file of a session's journal, there or not."""
        return self._sessions / (safe_name(session_id) + _SUFFIX)

    def paths(self) -> list[Path]:
        """Return the files of all journals."""
        return sorted(self._sessions / name for name in os.listdir(self._sessions) if name.endswith(_SUFFIX))

    def sessions(self) -> list[str]:
        """Return the ids of all sessions, the last one written to last."""
        files = {path.name: path for path in self.paths()}
        noted = [name for name in self.ledger.read().written if files.pop(self.path(name).name, None)]
        # A writer was killed between the journal and its note: those were written to last.
        return noted + [first_record(path)["session"] for path in files.values()]

    # ── upkeep ───────────────────────────────────────────────────────────────────────────────────────────────────

    def derived_ledger(self, known: Ledger | None = None) -> Ledger:
        """Return the ledger that journals and contents tell of.

        Args:
            known: has the puts and what has expired; without it, each content that no session needs was put once.
        """
        outlines = sorted((outline(path) for path in self.paths()), key=lambda each: each[1])
        needs = {session_id: needed for session_id, _, needed in outlines}
        needed = set[str]().union(*needs.values())
        names = [name.removeprefix(CONTENTS) for name in self.blobs.names(CONTENTS)]
        written = {session_id: at for session_id, at, _ in outlines}
        step: dict[str, Any] = {"puts": {name: [1, time.time()] for name in names if name not in needed}}
        step |= {"expired_sessions": {}, "expired_contents": {}}
        if known is not None:
            step = known.to_step()
            there = {name: at for name, at in known.written.items() if name in written}
            written = {**there, **{name: at for name, at in written.items() if name not in there}}
        ledger = Ledger()
        ledger.apply({**step, "step": "all", "needs": needs, "written": written})
        return ledger

    def sweep(self) -> None:
        """Remove what killed writers left half written."""
        self.blobs.sweep()
        for name in os.listdir(self._scratch):
            if name.startswith(TEMPORARY):
                (self._scratch / name).unlink(missing_ok=True)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _write_line(self, journal: Journal, begun: bytes | None, record: dict[str, Any] | None) -> None:
        path = self.path(journal.state.session_id)
        if begun is not None:
            line = b"" if record is None else encoded(record)
            write_whole(path, begun + line, self._scratch)
            journal.end = len(begun) + len(line)
            journal.lines = 1 if record is None else 2
        elif record is not None:
            journal.end = append_line(path, record, end=journal.end)
            journal.lines += 1

    def _keep(self, journal: Journal) -> None:
        self._journals[journal.state.session_id] = journal
        while len(self._journals) > _KEPT_JOURNALS:
            self._journals.popitem(last=False)

    def _size(self, content_id: str) -> int:
        """Return a content's bytes before compression; those in the store where it is damaged."""
        try:
            return len(self.content(content_id))
        except (ContentNotFoundError, ContentCorruptedError):
            return self.blobs.size(CONTENTS + content_id)
