"""The tables.

A node's row is one state of it: it holds from the version ``since`` until before the version ``until``, for ever where
that is NULL. So the present is what has no end, and an earlier version is what held then. The edges that came with a
node stand in its rows; all others, and the end of any, are rows of ``edges``, in the order in which they happened.

Names that come from outside are `ExactText`, or bytes of `text_bytes`; content ids are the 32 bytes of the hash.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from context_memory.sql.exact_text import ExactText

VERSION = 2
"""Version of the tables: the number of the newest migration."""

APPLICATION_ID = 0x63747831
"""``ctx1``, kept in SQLite's ``PRAGMA application_id``: tells a store from any other database."""

Key = BigInteger().with_variant(Integer, "sqlite")
"""Row numbers that the database gives; SQLite gives them to its own kind of integer alone."""

_HAS_DICTIONARY = text("coder > 0")
_NODE_REMOVED = text("action = 'x'")

metadata = MetaData()

contents = Table(
    "contents",
    metadata,
    Column("key", Key, primary_key=True),
    Column("namespace", ExactText, nullable=False),
    Column("content_id", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("coder", Key),
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("namespace", "content_id"),
    Index("contents_by_coder", "coder", sqlite_where=_HAS_DICTIONARY, postgresql_where=_HAS_DICTIONARY),
)
"""Contents of ``size`` bytes: as they are where ``coder`` is NULL, else a zstd frame (`packing`)."""

references = Table(
    "content_references",
    metadata,
    Column("namespace", ExactText, primary_key=True),
    Column("content_id", LargeBinary, primary_key=True),
    Column("puts", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("put_at", Float, nullable=False),
    sqlite_with_rowid=False,
)
"""How often a content was put and not deleted, how many nodes and manifest entries point to it, when it was last put.

Apart from the contents, as a row is rewritten whole when a number in it changes.
"""

dictionaries = Table(
    "dictionaries",
    metadata,
    Column("key", Key, primary_key=True),
    Column("namespace", ExactText, nullable=False),
    Column("data", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
"""What frames share: trained on the very rows that are packed with it, and gone when one of these is erased."""

packed = Table(
    "packed",
    metadata,
    Column("namespace", ExactText, primary_key=True),
    Column("content_key", Key, nullable=False),
    Column("node_key", Key, nullable=False),
)
"""Up to which rows a namespace was packed."""

sessions = Table(
    "sessions",
    metadata,
    Column("key", Key, primary_key=True),
    Column("namespace", ExactText, nullable=False),
    Column("session_id", ExactText, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("positions", BigInteger, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("written_at", Float, nullable=False),
    Column("kind", Text, nullable=False),
    UniqueConstraint("namespace", "session_id"),
    Index("sessions_by_time", "namespace", "written_at"),
)
"""Sessions: the present version, and the position of the node that comes next."""

nodes = Table(
    "nodes",
    metadata,
    Column("key", Key, primary_key=True),
    Column("session", Key, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("appended", Integer, nullable=False),
    Column("node_id", LargeBinary, nullable=False),
    Column("content_id", LargeBinary, nullable=False),
    Column("coder", Key),
    Column("record", LargeBinary, nullable=False),
    Column("checksum", BigInteger, nullable=False),
    UniqueConstraint("session", "node_id", "since"),
    Index("nodes_by_session", "session"),
    Index("nodes_by_coder", "coder", sqlite_where=_HAS_DICTIONARY, postgresql_where=_HAS_DICTIONARY),
)
"""States of nodes; ``appended`` is 1 for the state in which a node came, 0 for one that a commit made of it.

A node keeps its position from state to state, and gets a new one where it was removed in between.
"""

edges = Table(
    "edges",
    metadata,
    Column("key", Key, primary_key=True),
    Column("session", Key, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", LargeBinary, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("checksum", BigInteger, nullable=False),
    Index("edges_by_target", "session", "target"),
    Index("edges_of_removed_nodes", "session", sqlite_where=_NODE_REMOVED, postgresql_where=_NODE_REMOVED),
)
"""What happened to edges, but for those that came with their target: see `EdgeEvent`."""

changes = Table(
    "changes",
    metadata,
    Column("key", Key, primary_key=True),
    Column("session", Key, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("checksum", BigInteger, nullable=False),
    Index("changes_by_session", "session", "since"),
)
"""The entries of the manifests, as zstd frames of JSON."""

revisions = Table(
    "revisions",
    metadata,
    Column("session", Key, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("written_at", Float, nullable=False),
    sqlite_with_rowid=False,
)
"""When each version was written."""

tombstones = Table(
    "tombstones",
    metadata,
    Column("namespace", ExactText, primary_key=True),
    Column("name", LargeBinary, primary_key=True),
    Column("expired_at", Float, nullable=False),
    sqlite_with_rowid=False,
)
"""What expired: a session, by its id after an ``s``, or a content, by its id after a ``c``."""
