"""Cost of the stores, each against what its driver needs for the same rows in the same run.

    uv run python -m benchmarks.stores --nodes 100000
    uv run --with langgraph --with langgraph-checkpoint-sqlite python -m benchmarks.stores --only langgraph

Ratios are of the thread's time, medians of the runs, where all the work is done in this process; where a server works,
too, they are of the wall's time.

- *bulk*: one append of a whole session, and its load, against ``executemany`` and ``select`` of the rows that stand in
  the file then, on the bare driver, with the same tables, indexes and settings.
- *turns*: a call and its result with their edges, appended to that session, one transaction each.
- *at rest*: bytes that the contents of real Claude Code sessions take in the file, against those that ``load`` returns.
- *postgres*: the same bulk against the bare client's COPY of the same rows into the same tables.
- *one of many*: the most memory that loading one session takes, out of a store of many nodes.
- *langgraph*: the messages of real sessions, saved turn by turn, against LangGraph's SQLite checkpointer.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import sqlite3
import statistics
import tempfile
import time
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from benchmarks.sessions import Speaker
from context_core import ContextGraph, build, read
from context_core.hashing import text_bytes
from context_memory import PostgresStore, SQLiteStore
from context_memory.sql.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from context_core import Edge, Node

DATA = Path(__file__).parents[2] / "shared" / "data"
POSTGRES = os.environ.get("CONTEXT_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
TABLES = ("contents", "content_references", "sessions", "nodes", "edges", "revisions")


def session(nodes: int, tokens: int = 120, seed: int = 0) -> tuple[list[Node], list[Edge]]:
    """Return the nodes and edges of a session of calls and results."""
    graph = ContextGraph(f"bulk-{seed}")
    speaker, rng = Speaker(seed=seed), random.Random(seed)
    for number in range(nodes // 2):
        call = graph.add_tool_call("read", {"path": f"src/part{rng.randrange(997)}/file{number % 4999}.py"})
        graph.add_tool_result(call.id, speaker.text(tokens))
    return list(graph.nodes()), list(graph.edges())


def bulk(nodes: int, runs: int) -> dict[str, float]:
    """Return medians of seconds and ratios of appending and loading one session of as many nodes on SQLite."""
    given, edges = session(nodes)
    times: dict[str, list[float]] = {"append": [], "bare append": [], "load": [], "bare load": []}
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            with SQLiteStore(f"{folder}/context.db") as store:
                times["append"].append(_seconds(lambda: store.append("bulk", given, edges)))
                times["load"].append(_seconds(lambda: store.load("bulk")))
            wrote, loaded = _bare_sqlite(f"{folder}/context.db", f"{folder}/bare.db")
            times["bare append"].append(wrote)
            times["bare load"].append(loaded)
    found = {f"{name}, s": statistics.median(each) for name, each in times.items()}
    found["append / bare append"] = found["append, s"] / found["bare append, s"]
    found["load / bare load"] = found["load, s"] / found["bare load, s"]
    found["load / bare append"] = found["load, s"] / found["bare append, s"]
    return found


def _bare_sqlite(source: str, target: str) -> tuple[float, float]:
    """Return the seconds in which the driver alone writes the rows of a store in one transaction, and reads them."""
    with closing(sqlite3.connect(source)) as connection:
        statements = [
            sql for [sql] in connection.execute("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
        ]
        rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES}
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON", "cache_size = -16000"):
            connection.execute(f"PRAGMA {pragma}")
        for statement in statements:
            connection.execute(statement)

        def write() -> None:
            connection.execute("BEGIN IMMEDIATE")
            for name, each in rows.items():
                if each:
                    connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(each[0]))})", each)
            connection.execute("COMMIT")

        def load() -> None:
            connection.execute(
                "SELECT nodes.*, contents.* FROM nodes LEFT JOIN contents ON contents.namespace = ? AND "
                "contents.content_id = nodes.content_id WHERE nodes.session = 1 AND nodes.until IS NULL",
                [b"default"],
            ).fetchall()
            connection.execute("SELECT * FROM edges WHERE session = 1 ORDER BY key").fetchall()

        return _seconds(write), _seconds(load)


def turns(nodes: int, count: int) -> dict[str, float]:
    """Return median and 99th percentile, in ms of the wall, of appending turns to a session of as many nodes."""
    given, edges = session(nodes)
    with tempfile.TemporaryDirectory() as folder, SQLiteStore(f"{folder}/context.db") as store:
        store.append("bulk", given, edges)
        store.pack()
        graph = store.load("bulk")
        times = sorted(_turn(store, graph, number) for number in range(count))
    return {
        "median, ms": 1e3 * times[len(times) // 2],
        "p99, ms": 1e3 * times[len(times) * 99 // 100],
        "largest, ms": 1e3 * times[-1],
    }


def _turn(store: SQLiteStore, graph: ContextGraph, number: int) -> float:
    call = graph.add_tool_call("read", {"path": f"src/part{number}.py"})
    result = graph.add_tool_result(call.id, f"line {number} of many\n" * 40)
    edges = [edge for node in (call, result) for edge in graph.in_edges(node.id)]
    start = time.perf_counter()
    store.append("bulk", [call, result], edges)
    return time.perf_counter() - start


def at_rest() -> dict[str, float]:
    """Return by what the contents of real Claude Code sessions are divided in a file, as written and once packed."""
    with tempfile.TemporaryDirectory() as folder, SQLiteStore(f"{folder}/context.db") as store:
        loaded = 0
        for path in sorted((DATA / "entire_claude_code").rglob("*full.jsonl")):
            graph = build(read(path))
            store.append(str(path), graph.nodes(), graph.edges())
            loaded += sum(len(text_bytes(node.content)) for node in graph.nodes())
        found = {"content, MB": loaded / 1e6, "as written": loaded / _content_bytes(store)}
        store.pack()
        with closing(sqlite3.connect(store.path)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return {**found, "packed": loaded / _content_bytes(store), "whole file": loaded / store.path.stat().st_size}


def _content_bytes(store: SQLiteStore) -> int:
    """Return the bytes of contents at rest, with all dictionaries, those of the nodes' records too."""
    with closing(sqlite3.connect(store.path)) as connection:
        [[contents]] = connection.execute("SELECT sum(length(data)) FROM contents")
        [[dictionaries]] = connection.execute("SELECT coalesce(sum(length(data)), 0) FROM dictionaries")
    return contents + dictionaries


def postgres(nodes: int, runs: int) -> dict[str, float]:
    """Return medians of seconds and the ratio of appending one session of as many nodes on PostgreSQL."""
    import psycopg

    given, edges = session(nodes)
    ours, bare = list[float](), list[float]()
    for _ in range(runs):
        schemas = [f"bench_{uuid4().hex[:10]}" for _ in range(2)]
        with psycopg.connect(POSTGRES.replace("+psycopg", ""), autocommit=True) as connection:
            for schema in schemas:
                connection.execute(f"CREATE SCHEMA {schema}")
            urls = [f"{POSTGRES}?options=-csearch_path%3D{schema}" for schema in schemas]
            with PostgresStore(urls[0]) as store:
                start = time.perf_counter()
                store.append("bulk", given, edges)
                ours.append(time.perf_counter() - start)
            PostgresStore(urls[1]).close()
            bare.append(_bare_copy(connection, *schemas))
            for schema in schemas:
                connection.execute(f"DROP SCHEMA {schema} CASCADE")
    found = {"append, s": statistics.median(ours), "bare COPY, s": statistics.median(bare)}
    return {**found, "append / bare COPY": found["append, s"] / found["bare COPY, s"]}


def _bare_copy(connection: Any, source: str, target: str) -> float:
    """Return the seconds in which the client alone copies the rows of one schema's tables into another's."""
    rows = {name: connection.execute(f"SELECT * FROM {source}.{name}").fetchall() for name in TABLES}
    start = time.perf_counter()
    with connection.transaction(), connection.cursor() as cursor:
        for name, each in rows.items():
            with cursor.copy(f"COPY {target}.{name} FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types([_postgres_type(column) for column in metadata.tables[name].columns])
                for row in each:
                    copy.write_row(row)
    return time.perf_counter() - start


def _postgres_type(column: Any) -> str:
    from context_memory.sql.bulk import _TYPES

    return _TYPES[type(column.type)]


def one_of_many(nodes: int, size: int = 1_000) -> dict[str, float]:
    """Return the most memory, in MB, that loading a session of a size takes: alone in a store, and among many nodes."""
    peaks = list[float]()
    for count in (1, nodes // size):
        with tempfile.TemporaryDirectory() as folder, SQLiteStore(f"{folder}/context.db") as store:
            given, edges = session(size)
            for number in range(count):
                store.append(f"session-{number}", given, edges)
            store.load("session-0")
            gc.collect()
            tracemalloc.start()
            graph = store.load("session-0")
            peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
            tracemalloc.stop()
            assert len(graph) == size
    return {"alone, MB": peaks[0], f"among {nodes:,} nodes, MB": peaks[1]}


def langgraph() -> dict[str, float]:
    """Return bytes and seconds of saving real sessions turn by turn, here and by LangGraph's SQLite checkpointer."""
    found = {"messages": 0.0, "ours, MB": 0.0, "langgraph, MB": 0.0, "ours, s": 0.0, "langgraph, s": 0.0}
    for messages in _conversations():
        found["messages"] += len(messages)
        with tempfile.TemporaryDirectory() as folder:
            found["ours, s"] += _save_here(f"{folder}/ours.db", messages)
            found["langgraph, s"] += _save_there(f"{folder}/theirs.db", messages)
            found["ours, MB"] += _file_bytes(f"{folder}/ours.db") / 1e6
            found["langgraph, MB"] += _file_bytes(f"{folder}/theirs.db") / 1e6
    return {
        **found,
        "bytes, langgraph / ours": found["langgraph, MB"] / found["ours, MB"],
        "seconds, langgraph / ours": found["langgraph, s"] / found["ours, s"],
    }


def _conversations(largest: int = 250) -> Iterator[list[dict[str, Any]]]:
    """Yield the messages of the airline chats of tau_bench, and of Claude Code sessions, as OpenAI's."""
    from context_core import render, window

    chats = json.loads(next((DATA / "tau_bench").rglob("*.json")).read_text())
    for chat in chats[:10]:
        yield chat["traj"]
    for path in sorted((DATA / "entire_claude_code").rglob("*full.jsonl"))[:4]:
        yield list(render(window(build(read(path)))))[:largest]


def _save_here(path: str, messages: list[dict[str, Any]]) -> float:
    from context_core import append, read_next

    graph, last = ContextGraph("chat"), None
    with SQLiteStore(path) as store:
        start = time.perf_counter()
        for message in messages:
            nodes = append(graph, read_next([message], last, "openai-chat"))
            last = graph.leaf.rpartition("/")[0] if graph.leaf else None
            store.append("chat", nodes, [edge for node in nodes for edge in graph.in_edges(node.id)])
        return time.perf_counter() - start


def _save_there(path: str, messages: list[dict[str, Any]]) -> float:
    from langchain_core.messages import convert_to_messages  # type: ignore[import-not-found]
    from langgraph.checkpoint.sqlite import SqliteSaver  # type: ignore[import-not-found]
    from langgraph.graph import START, MessagesState, StateGraph  # type: ignore[import-not-found]

    builder = StateGraph(MessagesState)
    builder.add_node("keep", lambda state: {"messages": []})
    builder.add_edge(START, "keep")
    given = convert_to_messages([_plain(message) for message in messages])
    with SqliteSaver.from_conn_string(path) as saver:
        graph = builder.compile(checkpointer=saver)
        start = time.perf_counter()
        for message in given:
            graph.invoke({"messages": [message]}, {"configurable": {"thread_id": "chat"}})
        return time.perf_counter() - start


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    known = {
        key: value for key, value in message.items() if key in {"role", "content", "tool_calls", "tool_call_id", "name"}
    }
    return {**known, "content": known.get("content") or ""}


def _file_bytes(path: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(path).stat().st_size


def _seconds(step: Callable[[], object]) -> float:
    gc.collect()
    start = time.thread_time()
    step()
    return time.thread_time() - start


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="*")
    given = parser.parse_args()
    parts: dict[str, Callable[[], dict[str, float]]] = {
        "bulk": lambda: bulk(given.nodes, given.runs),
        "turns": lambda: turns(given.nodes, 2_000),
        "at-rest": at_rest,
        "postgres": lambda: postgres(given.nodes, given.runs),
        "one-of-many": lambda: one_of_many(given.nodes),
    }
    if given.only and "langgraph" in given.only:
        parts["langgraph"] = langgraph
    for name, measure in parts.items():
        if not given.only or name in given.only:
            print(name)
            for what, figure in measure().items():
                print(f"  {what:28} {figure:10.3f}")


if __name__ == "__main__":
    main()
