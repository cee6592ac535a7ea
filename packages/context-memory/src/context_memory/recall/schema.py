"""The tables of an index of recall, in SQLite and in PostgreSQL.

A session's nodes are cut into passages. What a query filters by stands in the short rows of ``recall_passages``; the
texts stand apart, in a table that each kind of database has in its own form (`lexicon`). Keys are given in the order of
the transactions and never again, so what is new since a key is what has a higher one.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

from context_memory.sql.exact_text import ExactText
from context_memory.sql.schema import Key

VERSION = 1
"""Version of the tables and of how texts are cut and indexed; an index of another one is made anew."""

APPLICATION_ID = 0x63747832
"""``ctx2``, kept in SQLite's ``PRAGMA application_id``: tells an index from a store."""

COUNTER = "next key"
"""The row of ``recall_meta``, in the namespace ``""``, with the key to give next; its lock lets writers take turns."""

metadata = MetaData()

meta = Table(
    "recall_meta",
    metadata,
    Column("namespace", ExactText, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Of each namespace: the encoder's model and dimensions, up to which key passages were encoded, sessions erased."""

sessions = Table(
    "recall_sessions",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=False),
    Column("namespace", ExactText, nullable=False),
    Column("session_id", ExactText, nullable=False),
    Column("about", ExactText, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("namespace", "session_id"),
    Index("recall_sessions_by_scope", "namespace", "about"),
)
"""Sessions as far as they are indexed. ``about`` is the session that facts are about, of any other session itself."""

nodes = Table(
    "recall_nodes",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=False),
    Column("session", Key, nullable=False),
    Column("node_id", ExactText, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("said_at", Float, nullable=False),
    Column("share", Float, nullable=False),
    Index("recall_nodes_by_session", "session", "key"),
)
"""Nodes with a text, as they were appended: the session's version that they came with, and what they count."""

passages = Table(
    "recall_passages",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=False),
    Column("node", Key, nullable=False),
    Column("session", Key, nullable=False),
    Column("said_at", Float, nullable=False),
    Column("start", Integer, nullable=False),
    Column("stop", Integer, nullable=False),
    Index("recall_passages_by_session", "session"),
)
"""Where in its node each passage stands."""

vectors = Table(
    "recall_vectors",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=False),
    Column("vector", LargeBinary, nullable=False),
)
"""Vectors of passages, in a byte a dimension."""

facts = Table(
    "recall_facts",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=False),
    Column("session", Key, nullable=False),
    Column("subject", ExactText, nullable=False),
    Column("attribute", ExactText, nullable=False),
    Column("said_at", Float, nullable=False),
    Column("begun", Float, nullable=False),
    Column("evidence", ExactText),
    Column("record", ExactText, nullable=False),
    Index("recall_facts_by_subject", "subject", "attribute"),
    Index("recall_facts_by_session", "session"),
)
"""Facts by subject and attribute, folded; ``key`` is their node's.

``evidence`` is the id of the node that they rest on, ``begun`` the time at which its session began.
"""
