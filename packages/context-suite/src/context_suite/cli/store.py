"""`ctx store`: what is kept, whether it is sound, and how it goes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from context_memory import Retention, retain
from context_suite.cli.files import print_json, store_at
from context_suite.cli.show import console, short

if TYPE_CHECKING:
    from context_core import SessionInfo

DAY = 86_400.0


def list_sessions(store: str | None, *, as_json: bool) -> None:
    """Print the sessions of a store, the last one written to last."""
    kept = store_at(store)
    infos = [kept.info(session_id) for session_id in kept.sessions()]
    if as_json:
        print_json({"sessions": [asdict(info) for info in infos]})
        return
    console().print(_table(infos) if infos else "no session is stored here yet; ctx compress stores one")


def verify(store: str | None, *, as_json: bool) -> int:
    """Read everything in a store; print what is not as it was written. Return the exit code."""
    faults = list(store_at(store).verify())
    if as_json:
        print_json({"faults": [asdict(fault) for fault in faults]})
        return 1 if faults else 0
    for fault in faults:
        where = f" of session {short(fault.session_id)}" if fault.session_id else ""
        console().print(f"[bold]{fault.kind} {short(fault.name)}[/]{where}: {escape(fault.problem)}")
    console().print(f"{len(faults):,} faults" if faults else "all is as it was written")
    return 1 if faults else 0


def purge(session: str, store: str | None, *, as_json: bool) -> None:
    """Erase a session; print what went."""
    erased = store_at(store).purge(session)
    if as_json:
        print_json(asdict(erased))
        return
    console().print(
        f"{short(session)}: {erased.nodes:,} nodes, {erased.changes:,} changes and {erased.contents:,} contents "
        f"({_size(erased.content_bytes)}) are gone"
    )


def expire(
    store: str | None,
    *,
    days: float | None,
    sessions: int | None,
    megabytes: float | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Expire the sessions that a rule does not keep; print which.

    Raises:
        ValueError: no bound was given.
    """
    if days is None and sessions is None and megabytes is None:
        raise ValueError("got no bound; give --older-than DAYS, --keep SESSIONS or --max-megabytes SIZE")
    rule = Retention(
        max_age_seconds=None if days is None else days * DAY,
        max_sessions=sessions,
        max_bytes=None if megabytes is None else int(megabytes * 1e6),
    )
    done = retain(store_at(store), rule, dry_run=dry_run)
    if as_json:
        print_json(asdict(done))
        return
    out, verb = console(), "would go" if dry_run else "went"
    if done.expired:
        out.print(_table(list(done.expired)))
    out.print(f"{len(done.expired):,} sessions {verb} ({_size(done.freed_bytes)}); {done.kept:,} stay")


def collect(store: str | None, *, dry_run: bool, hours: float | None, as_json: bool) -> None:
    """Free what nothing points to, and compress what piled up; print how much that is."""
    kept = store_at(store)
    garbage = kept.gc(dry_run=dry_run, abandoned_seconds=None if hours is None else hours * 3600)
    pack = getattr(kept, "pack", None)
    if pack is not None and not dry_run:
        pack()
    if as_json:
        print_json(asdict(garbage))
        return
    count, verb = len(garbage.contents) + len(garbage.abandoned), "would be freed" if dry_run else "were freed"
    console().print(f"{count:,} contents ({_size(garbage.freed_bytes)}) {verb}")


def _table(infos: list[SessionInfo]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("session", overflow="fold")  # whole, as it is given to other commands
    for name in ("kind", "written (UTC)"):
        table.add_column(name)
    for name in ("version", "nodes", "size"):
        table.add_column(name, justify="right")
    for info in infos:
        when = f"{datetime.fromtimestamp(info.written_at, UTC):%Y-%m-%d %H:%M}"
        numbers = (f"{info.version:,}", f"{info.nodes:,}", _size(info.content_bytes))
        table.add_row(short(info.session_id, 300), info.kind, when, *numbers)
    return table


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1_000_000 else f"{count / 1e3:,.1f} kB"
