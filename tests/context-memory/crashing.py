"""Kills writers again and again, and looks each time whether the store holds what it has acknowledged.

Run as a script: ``python crashing.py KIND PLACE KILLS SEED``. A child is forked for each kill, so that no import is
paid twice. It writes turns, compresses, packs, collects garbage, moves sessions to an archive and back and erases some,
and says after each step what the store has acknowledged. The parent kills it at a moment that nobody chose, opens the
store anew, verifies it, and compares every session with what its own number says it must hold.
"""

import os
import random
import signal
import sys
import time

from context_core import NodeType, Replacement, SessionNotFoundError, replace, restore
from context_core.graph import ContextGraph
from context_memory import Archive, FileStore, FolderBlobs, PostgresStore, SQLiteStore, TieredStore, TierPolicy

SESSIONS = 3
LONGEST = 24


def opened(kind, place):
    """Open the store of a kind: all below an archive, into which every session may move at any time."""
    if kind == "postgres":
        warm, cold = PostgresStore(place), f"{os.environ['CRASH_FOLDER']}/cold"
    else:
        warm = SQLiteStore(f"{place}/context.db") if kind == "sqlite" else FileStore(f"{place}/files")
        cold = f"{place}/cold"
    return TieredStore(None, warm, Archive(FolderBlobs(cold)), TierPolicy(warm_seconds=0))


def text(name, number):
    """Return what is said in a turn: the same in every process."""
    return f"{name} says {number}: " + f"line {number * 7919 % 1009} of it\n" * (1 + number % 40)


def step(store, name, say):
    """Do one thing to a session, or to the whole store, and say what the store has acknowledged."""
    what = random.random()
    try:
        graph = store.load(name)
    except SessionNotFoundError:
        graph = ContextGraph(name)
    if what < 0.55:
        number = sum(1 for node in graph.nodes() if node.type is NodeType.MESSAGE)
        if number >= LONGEST:
            say(f"purging {name}")
            store.purge(name)
            say(f"purged {name}")
            return
        node = graph.add_message("user", text(name, number))
        store.append(name, [node], graph.in_edges(node.id))
        say(f"said {name} {number + 1}")
    elif what < 0.75:
        whole = [node for node in graph.nodes() if not node.elided]
        if whole:
            node = random.choice(whole)
            short = node.evolve(content="…", tokens=1, metadata={**node.metadata, "elided": graph.reference(node.id)})
            changes = replace(graph, [Replacement(node, short, "crash", "lossless")], store)
            store.commit(name, changes)
            say(f"compressed {name} {store.version(name)}")
    elif what < 0.85:
        store.migrate(now=time.time() + 60)
    elif what < 0.95:
        store.gc(dry_run=False, abandoned_seconds=0)
    elif isinstance(store._warm, SQLiteStore | PostgresStore):
        store._warm.pack()


def child(kind, place, seed, out):
    """Write until killed."""
    random.seed(seed)
    with os.fdopen(out, "w", buffering=1) as pipe:
        store = opened(kind, place)
        pipe.write("open\n")
        while True:
            step(store, f"s{random.randrange(SESSIONS)}", lambda line: pipe.write(line + "\n"))


def killed(kind, place, seed):
    """Start a child, kill it, and return the lines that it has said whole."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            child(kind, place, seed, writer)
        except BaseException as error:
            os.write(2, f"the writer failed: {error!r}\n".encode())
        os._exit(1)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.readline()
        time.sleep(random.Random(seed).uniform(0.0, 0.1))
        os.kill(pid, signal.SIGKILL)
        said += pipe.read()
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status), "the writer ended by itself"
    return [line for line in said.splitlines(keepends=True) if line.endswith("\n")]


def check(kind, place, turns):
    """Compare the store with what was acknowledged; note what it holds now, which may be one step more."""
    store = opened(kind, place)
    try:
        faults = list(store.verify())
        assert faults == [], faults
        held = set(store.sessions())
        for name in {*held, *turns}:
            if turns.get(name) is None:
                turns.pop(name, None)  # it was being erased, or is unknown: it may be there, and then must be whole
            least = turns.get(name, 0)
            assert name in held or not least, f"{name} is gone, with {least} turns"
            if name in held:
                turns[name] = whole(store, name, least)
    finally:
        store.close()


def whole(store, name, least):
    """Return how many turns a session holds, after all that was compressed is restored and compared."""
    graph = store.load(name)
    restore(graph, store.manifest(name), store)
    texts = [node.content for node in graph.nodes()]
    assert texts == [text(name, number) for number in range(len(texts))], f"{name} holds other texts"
    assert len(texts) >= least, f"{name} holds {len(texts)} turns of {least}"
    return len(texts)


def main(kind, place, kills, seed):
    """Kill so many writers; print how many steps they had acknowledged."""
    turns: dict[str, int | None] = {}
    steps = 0
    ContextGraph("warm-up").add_message("user", "what is loaded once is loaded here, before the forks")
    opened(kind, place).close()
    for number in range(kills):
        lines = killed(kind, place, seed * 1_000_003 + number)
        steps += len(lines) - 1
        for line in lines:
            match line.split():
                case ["said", name, count]:
                    turns[name] = int(count)
                case ["purging", name]:
                    turns[name] = None
                case ["purged", name]:
                    turns[name] = 0
        check(kind, place, turns)
    print(f"{kills} kills, {steps} steps")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
