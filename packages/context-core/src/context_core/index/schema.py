"""The tables of an index, in one SQLite database.

`nodes` says which passages are whose: those of rowids `first` to `last`. Rowids only grow, so what is new since a
rowid is what stands above it. `lexical` is an FTS5 table over `passages` that keeps no second copy of the texts.
`vectors` has one row a passage that was encoded. `meta` has the schema's version, the rowid up to which words were
indexed, the model's id and its dimensions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.errors import StoreError

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

VERSION = 1

_TABLES = """
create table meta (key text primary key, value) without rowid;
create table nodes (id text primary key, digest blob not null, first integer not null, last integer not null)
    without rowid;
create table passages (
    rowid integer primary key autoincrement, node text not null, start integer not null, stop integer not null,
    text text not null, names text not null
);
create table vectors (rowid integer primary key, vector blob not null);
create virtual table lexical using fts5(
    text, names, content='passages', content_rowid='rowid', tokenize='porter unicode61 remove_diacritics 2'
);
"""


def connect(path: str | Path | None) -> sqlite3.Connection:
    """Open an index, or make an empty one where there is none; None is one in memory.

    Raises:
        StoreError: the file cannot be opened, is no index, or is one of a newer version.
    """
    import sqlite3  # 10 ms that most programs which import this package need not spend

    name = ":memory:" if path is None else str(path)
    try:
        db = sqlite3.connect(name, isolation_level=None, check_same_thread=False, timeout=30)
        try:
            _prepare(db, name)
        except BaseException:
            db.close()
            raise
    except sqlite3.Error as error:
        raise StoreError(
            f"cannot open the search index {name}: {error}; expected a file that SearchIndex made"
        ) from error
    return db


def _prepare(db: sqlite3.Connection, name: str) -> None:
    # a commit then waits for no disk: after a loss of power the last ones may be missing, never torn
    db.execute("pragma journal_mode=wal")
    db.execute("pragma synchronous=normal")
    db.execute("begin immediate")
    there = {row[0] for row in db.execute("select name from sqlite_master")}
    if not there:
        for statement in _TABLES.split(";\n"):
            db.execute(statement)
        db.execute("insert into meta values ('version', ?)", (VERSION,))
    elif not {"meta", "passages", "lexical"} <= there:
        raise StoreError(f"{name} is another program's database; expected a file that SearchIndex made")
    db.execute("commit")
    row = db.execute("select value from meta where key = 'version'").fetchone()
    version = None if row is None else row[0]
    if version != VERSION:
        raise StoreError(f"{name} has version {version} of the index; expected {VERSION}: update context-core")
