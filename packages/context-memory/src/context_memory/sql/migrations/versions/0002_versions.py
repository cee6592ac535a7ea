"""Versions: states of nodes with a beginning and an end, edges with their target, checksums, dictionaries, tombstones.

The first release kept no order between appends and commits. A session of its is taken as two versions: all that was
appended, and then all that was committed. Contents that a manifest names were put by the compression that made it, so
their puts are taken as what the manifest holds.
"""

import json
import time
from typing import Any
from zlib import crc32

import sqlalchemy as sa
import zstandard
from alembic import op

Record = dict[str, Any]

revision = "0002"
down_revision = "0001"

_OLD = ("contents", "content_references", "sessions", "nodes", "edges", "changes")
_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
APPENDED, COMMITTED = 1, 2


def upgrade() -> None:
    """Make the new tables, fill them from the old ones, and drop these."""
    for index in ("sessions_by_written", "nodes_by_session", "edges_by_session", "changes_by_session"):
        op.execute(f"DROP INDEX IF EXISTS {index}")
    for name in _OLD:
        op.rename_table(name, f"old_{name}")
    tables = _create()
    connection = op.get_bind()
    _contents(connection, tables)
    sessions = connection.exec_driver_sql(
        "SELECT key, namespace, session_id, written FROM old_sessions ORDER BY written, key"
    ).fetchall()
    for order, (key, namespace, session_id, _) in enumerate(sessions):
        _session(connection, tables, key, namespace, session_id, time.time() - len(sessions) + order)
    for name in reversed(_OLD):
        op.drop_table(f"old_{name}")


def _create() -> dict[str, sa.Table]:
    names = (
        *_content_tables(),
        *_session_tables(),
        op.create_table(
            "tombstones",
            sa.Column("namespace", sa.LargeBinary, primary_key=True),
            sa.Column("name", sa.LargeBinary, primary_key=True),
            sa.Column("expired_at", sa.Float, nullable=False),
            sqlite_with_rowid=False,
        ),
    )
    op.create_index("sessions_by_time", "sessions", ["namespace", "written_at"])
    op.create_index("nodes_by_session", "nodes", ["session"])
    op.create_index("edges_by_target", "edges", ["session", "target"])
    removed = sa.text("action = 'x'")
    op.create_index("edges_of_removed_nodes", "edges", ["session"], sqlite_where=removed, postgresql_where=removed)
    op.create_index("changes_by_session", "changes", ["session", "since"])
    for table in ("contents", "nodes"):
        packed = sa.text("coder > 0")
        op.create_index(f"{table}_by_coder", table, ["coder"], sqlite_where=packed, postgresql_where=packed)
    return {table.name: table for table in names}


def _content_tables() -> list[sa.Table]:
    return [
        op.create_table(
            "contents",
            sa.Column("key", _KEY, primary_key=True),
            sa.Column("namespace", sa.LargeBinary, nullable=False),
            sa.Column("content_id", sa.LargeBinary, nullable=False),
            sa.Column("size", sa.BigInteger, nullable=False),
            sa.Column("coder", _KEY),
            sa.Column("data", sa.LargeBinary, nullable=False),
            sa.UniqueConstraint("namespace", "content_id"),
        ),
        op.create_table(
            "content_references",
            sa.Column("namespace", sa.LargeBinary, primary_key=True),
            sa.Column("content_id", sa.LargeBinary, primary_key=True),
            sa.Column("puts", sa.Integer, nullable=False),
            sa.Column("held", sa.Integer, nullable=False),
            sa.Column("put_at", sa.Float, nullable=False),
            sqlite_with_rowid=False,
        ),
        op.create_table(
            "dictionaries",
            sa.Column("key", _KEY, primary_key=True),
            sa.Column("namespace", sa.LargeBinary, nullable=False),
            sa.Column("data", sa.LargeBinary, nullable=False),
            sqlite_autoincrement=True,
        ),
        op.create_table(
            "packed",
            sa.Column("namespace", sa.LargeBinary, primary_key=True),
            sa.Column("content_key", _KEY, nullable=False),
            sa.Column("node_key", _KEY, nullable=False),
        ),
    ]


def _session_tables() -> list[sa.Table]:
    return [
        op.create_table(
            "sessions",
            sa.Column("key", _KEY, primary_key=True),
            sa.Column("namespace", sa.LargeBinary, nullable=False),
            sa.Column("session_id", sa.LargeBinary, nullable=False),
            sa.Column("version", sa.BigInteger, nullable=False),
            sa.Column("positions", sa.BigInteger, nullable=False),
            sa.Column("created_at", sa.Float, nullable=False),
            sa.Column("written_at", sa.Float, nullable=False),
            sa.Column("kind", sa.Text, nullable=False),
            sa.UniqueConstraint("namespace", "session_id"),
        ),
        op.create_table(
            "nodes",
            sa.Column("key", _KEY, primary_key=True),
            sa.Column("session", _KEY, nullable=False),
            sa.Column("position", sa.BigInteger, nullable=False),
            sa.Column("since", sa.BigInteger, nullable=False),
            sa.Column("until", sa.BigInteger),
            sa.Column("appended", sa.Integer, nullable=False),
            sa.Column("node_id", sa.LargeBinary, nullable=False),
            sa.Column("content_id", sa.LargeBinary, nullable=False),
            sa.Column("coder", _KEY),
            sa.Column("record", sa.LargeBinary, nullable=False),
            sa.Column("checksum", sa.BigInteger, nullable=False),
            sa.UniqueConstraint("session", "node_id", "since"),
        ),
        op.create_table(
            "edges",
            sa.Column("key", _KEY, primary_key=True),
            sa.Column("session", _KEY, nullable=False),
            sa.Column("since", sa.BigInteger, nullable=False),
            sa.Column("position", sa.BigInteger, nullable=False),
            sa.Column("action", sa.Text, nullable=False),
            sa.Column("target", sa.LargeBinary, nullable=False),
            sa.Column("record", sa.LargeBinary, nullable=False),
            sa.Column("checksum", sa.BigInteger, nullable=False),
        ),
        op.create_table(
            "changes",
            sa.Column("key", _KEY, primary_key=True),
            sa.Column("session", _KEY, nullable=False),
            sa.Column("since", sa.BigInteger, nullable=False),
            sa.Column("record", sa.LargeBinary, nullable=False),
            sa.Column("checksum", sa.BigInteger, nullable=False),
        ),
        op.create_table(
            "revisions",
            sa.Column("session", _KEY, primary_key=True),
            sa.Column("version", sa.BigInteger, primary_key=True),
            sa.Column("written_at", sa.Float, nullable=False),
            sqlite_with_rowid=False,
        ),
    ]


def _contents(connection: sa.Connection, tables: dict[str, sa.Table]) -> None:
    for namespace, name, size, packed, data in connection.exec_driver_sql(
        "SELECT namespace, content_id, size, packed, data FROM old_contents"
    ).fetchall():
        row = {"namespace": namespace, "content_id": _hash(name), "size": size, "data": data}
        connection.execute(tables["contents"].insert(), {**row, "coder": 0 if packed else None})
    for namespace, name, puts, held in connection.exec_driver_sql(
        "SELECT namespace, content_id, puts, held FROM old_content_references"
    ).fetchall():
        row = {"namespace": namespace, "content_id": _hash(name), "puts": puts, "held": held, "put_at": time.time()}
        connection.execute(tables["content_references"].insert(), row)


def _session(
    connection: sa.Connection, tables: dict[str, sa.Table], key: int, namespace: bytes, session_id: bytes, at: float
) -> None:
    records = [
        record
        for [record] in connection.exec_driver_sql(f"SELECT record FROM old_changes WHERE session = {key} ORDER BY seq")
    ]
    changes = [json.loads(record) for record in records]
    positions, kind = _nodes(connection, tables, key, changes)
    _edges(connection, tables, key, changes, positions)
    compressor = zstandard.ZstdCompressor()
    for record in records:
        frame = compressor.compress(record.encode("utf-8", "surrogatepass"))
        row = {"session": key, "since": COMMITTED, "record": frame, "checksum": crc32(frame)}
        connection.execute(tables["changes"].insert(), row)
    _adopt(connection, tables["content_references"], namespace, changes)
    version = COMMITTED if changes else APPENDED if positions else 0
    for number in range(1, version + 1):
        connection.execute(tables["revisions"].insert(), {"session": key, "version": number, "written_at": at})
    row = {"key": key, "namespace": namespace, "session_id": session_id, "version": version, "positions": positions}
    connection.execute(tables["sessions"].insert(), {**row, "created_at": at, "written_at": at, "kind": kind})


def _nodes(connection: sa.Connection, tables: dict[str, sa.Table], key: int, changes: list[Record]) -> tuple[int, str]:
    kind = None
    rows = connection.exec_driver_sql(
        "SELECT node_id, record, content_id, present_record, present_content_id, removed "
        f"FROM old_nodes WHERE session = {key} ORDER BY seq"
    ).fetchall()
    for position, (node_id, record, name, present, present_name, removed) in enumerate(rows):
        ends = present is not None or removed
        if record is not None:
            kind = kind or json.loads(record).get("metadata", {}).get("format")
            until = COMMITTED if ends else None
            _node(connection, tables, key, position, APPENDED, until, node_id, name, record)
        if present is not None and not removed:
            _node(connection, tables, key, position, COMMITTED, None, node_id, present_name, present)
    return len(rows), kind if isinstance(kind, str) else "plain"


def _node(
    connection: sa.Connection,
    tables: dict[str, sa.Table],
    session: int,
    position: int,
    since: int,
    until: int | None,
    node_id: bytes,
    name: bytes,
    record: str,
) -> None:
    content_id, data = _hash(name), record.encode("utf-8", "surrogatepass")
    row = {
        "session": session,
        "position": position,
        "since": since,
        "until": until,
        "appended": int(since == APPENDED),
        "node_id": node_id,
        "content_id": content_id,
        "record": data,
        "checksum": crc32(data, crc32(content_id, crc32(node_id))),
    }
    connection.execute(tables["nodes"].insert(), row)


def _edges(
    connection: sa.Connection, tables: dict[str, sa.Table], session: int, changes: list[Record], positions: int
) -> None:
    made = {_edge_key(edge) for change in changes for edge in change["edges_added"]}
    taken = [edge for change in changes for edge in change["edges_removed"] if _edge_key(edge) not in made]
    for edge in taken:
        _event(connection, tables, session, APPENDED, positions, "+", edge)
        _event(connection, tables, session, COMMITTED, positions, "-", edge)
    for source, target, kind, evidence in connection.exec_driver_sql(
        f"SELECT source, target, type, evidence FROM old_edges WHERE session = {session} ORDER BY seq"
    ).fetchall():
        ends = {"source": _text(source), "target": _text(target), "type": kind}
        edge = {**ends, "evidence": json.loads(evidence)} if evidence else ends
        since = COMMITTED if _edge_key(edge) in made else APPENDED
        _event(connection, tables, session, since, positions, "+", edge)


def _event(
    connection: sa.Connection,
    tables: dict[str, sa.Table],
    session: int,
    since: int,
    position: int,
    action: str,
    edge: Record,
) -> None:
    target = edge["target"].encode("utf-8", "surrogatepass")
    record = json.dumps(edge, separators=(",", ":")).encode()
    row = {"session": session, "since": since, "position": position, "action": action, "target": target}
    check = crc32(record, crc32(target, crc32(action.encode())))
    connection.execute(tables["edges"].insert(), {**row, "record": record, "checksum": check})


def _adopt(connection: sa.Connection, references: sa.Table, namespace: bytes, changes: list[Record]) -> None:
    states = (change[when] for change in changes for when in ("before", "after"))
    for name in {state["content_id"] for state in states if state}:
        this = sa.and_(references.c.namespace == namespace, references.c.content_id == bytes.fromhex(name))
        connection.execute(references.update().where(this).values(puts=0))


def _edge_key(edge: Record) -> tuple[str, str, str]:
    return (edge["source"], edge["target"], edge["type"])


def _hash(name: bytes) -> bytes:
    return bytes.fromhex(bytes(name).decode())


def _text(data: bytes) -> str:
    return bytes(data).decode("utf-8", "surrogatepass")
