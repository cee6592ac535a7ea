"""The tables.

``seq`` columns are row numbers, which SQLite gives in the order of insertion: the order of the store. Ids are
`ExactText`; records are JSON text, which is ASCII where a string in it has a lone surrogate.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

from context_memory.exact_text import ExactText

VERSION = 1
"""Version of the tables, kept in ``PRAGMA user_version``."""

APPLICATION_ID = 0x63747831
"""``ctx1``, kept in ``PRAGMA application_id``: tells a store from any other SQLite database."""

metadata = MetaData()

contents = Table(
    "contents",
    metadata,
    Column("namespace", ExactText, primary_key=True),
    Column("content_id", ExactText, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("packed", Boolean, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""Contents: ``size`` bytes, as a zstd frame where ``packed``."""

references = Table(
    "content_references",
    metadata,
    Column("namespace", ExactText, primary_key=True),
    Column("content_id", ExactText, primary_key=True),
    Column("puts", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""How often a content was put and not deleted, and how many nodes and manifest entries point to it.

Apart from the contents, as a row is rewritten whole when a number in it changes.
"""

sessions = Table(
    "sessions",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("namespace", ExactText, nullable=False),
    Column("session_id", ExactText, nullable=False),
    Column("written", Integer, nullable=False),
    UniqueConstraint("namespace", "session_id"),
    Index("sessions_by_written", "namespace", "written"),
)
"""Sessions; ``written`` grows with each write, so the last one written to has the largest."""

nodes = Table(
    "nodes",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("session", Integer, ForeignKey(sessions.c.key), nullable=False),
    Column("node_id", ExactText, nullable=False),
    Column("record", Text),
    Column("content_id", ExactText),
    Column("present_record", Text),
    Column("present_content_id", ExactText),
    Column("removed", Boolean, nullable=False),
    UniqueConstraint("session", "node_id"),
    Index("nodes_by_session", "session"),
)
"""Nodes: as appended, NULL where a commit added them; and as they are now, NULL where that is as appended.

A removed node keeps its row where it was appended, so that appending it again stays without effect.
"""

edges = Table(
    "edges",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("session", Integer, ForeignKey(sessions.c.key), nullable=False),
    Column("source", ExactText, nullable=False),
    Column("target", ExactText, nullable=False),
    Column("type", Text, nullable=False),
    Column("evidence", Text),
    UniqueConstraint("session", "source", "target", "type"),
    Index("edges_by_session", "session"),
)
"""Edges; ``evidence`` is NULL where there is none."""

changes = Table(
    "changes",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("session", Integer, ForeignKey(sessions.c.key), nullable=False),
    Column("record", Text, nullable=False),
    Index("changes_by_session", "session"),
)
"""The entries of the manifests."""
