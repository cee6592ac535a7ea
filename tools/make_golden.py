"""Make this version's golden files: small compressed sessions that every later version must restore.

1. Short made-up sessions are compressed through the public pipeline, in the ways that a session may go.
2. A file holds what a store would: the compressed graph, the manifest, and the contents; and the hash of the graph as
   it was before.
3. Two files are damaged on purpose: one content is lost, or says something else than it did.

Run as `uv run python tools/make_golden.py`, once for a release, when its version number is set. What is there already
is frozen and stays as it is.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from context_compression import CompressionPipeline, CompressionTier
from context_core import (
    BudgetExceededError,
    ContextGraph,
    Manifest,
    MemoryContentStore,
    NodeType,
    __version__,
    append,
    build,
    graph_bytes,
    read,
    read_next,
    replace,
    restoration,
    restore,
    window,
)
from context_core.hashing import bytes_text, content_id, text_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parents[1] / "tests" / "context-core" / "golden"
STEPS = 4
LATER = [{"role": "assistant", "content": "It is fixed. " * 60}, {"role": "user", "content": "Is it?"}]


class Session:
    """A session on its way: its graph, how it is without compression, the manifest, and the store."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self.graph = build(read(messages), session_id="golden")
        self.plain = build(read(messages), session_id="golden")
        self.store = MemoryContentStore()
        self.manifest = Manifest("golden")

    def compress(self, share: float, max_tier: CompressionTier = CompressionTier.SUMMARIZATION) -> None:
        """Compress to what must stay and a share of the rest of the window's tokens; at 0 to the smallest prompt."""
        least = self._least()
        target = least + int(share * (window(self.graph).tokens - least))
        result = CompressionPipeline().compress(
            self.graph, target_tokens=target, store=self.store, manifest=self.manifest, max_tier=max_tier
        )
        self.manifest = result.manifest

    def _least(self) -> int:
        """Return the smallest target that there is."""
        try:
            CompressionPipeline().plan(self.graph, target_tokens=1)
        except BudgetExceededError as error:
            return error.needed
        return 1

    def restore_one(self) -> None:
        """Restore the first compressed result for good: the way back stands in the manifest, too."""
        node = next(n for n in self.graph.nodes(NodeType.TOOL_RESULT) if n.elided or "folded" in n.metadata)
        steps = restoration(self.graph, self.manifest, self.store, [node.id])
        self.manifest = self.manifest.extended(replace(self.graph, steps, self.store))

    def go_on(self, messages: list[dict[str, Any]]) -> None:
        """Append messages to the session, and to how it is without compression."""
        for graph in (self.graph, self.plain):
            leaf = str(graph.leaf).rpartition("/")[0]
            append(graph, read_next(messages, leaf))


def chat() -> list[dict[str, Any]]:
    """Return an OpenAI chat: a system prompt, calls with long arguments, long results, text of many kinds."""
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Find out why the invoices of März fail. Ada Lovelace needs INV-48213 by noon."},
    ]
    for number in range(STEPS):
        messages += _chat_step(number)
    return [*messages, {"role": "user", "content": "And now fix src/billing/rounding.py."}]


def _chat_step(number: int) -> list[dict[str, Any]]:
    arguments = {"path": f"src/billing/part_{number}.py", "text": f"rate_{number} = 0.19  # März 🧾\n" * 8}
    function = {"name": "write_file", "arguments": json.dumps(arguments, ensure_ascii=number % 2 == 0)}
    rows = "".join(f"{row};INV-{48200 + 10 * number + row};{row * 19.99:.2f} €\r\n" for row in range(10))
    odd = "lone \ud83d, nil \x00, line \u2028 end" if number == 1 else "no rows left"
    call = {"id": f"call_{number}", "type": "function", "function": function}
    return [
        {"role": "assistant", "content": f"I look at part {number}.", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": f"call_{number}", "content": f"rows of part {number}\n{rows}{odd}"},
    ]


def blocks() -> list[dict[str, Any]]:
    """Return Anthropic messages: thinking with a signature, an image, results of blocks, an error."""
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo" * 4}}
    messages: list[dict[str, Any]] = [{"role": "user", "content": [{"type": "text", "text": "Read the scans."}, image]}]
    for number in range(STEPS):
        thinking = {"type": "thinking", "thinking": f"Scan {number} may be upside down. " * 15, "signature": "c2ln"}
        call = {"type": "tool_use", "id": f"toolu_{number}", "name": "scan", "input": {"page": number, "dpi": 300}}
        text = {"type": "text", "text": f"page {number}\n" + f"Absatz {number}: größer als gestern\n" * 10}
        result: dict[str, Any] = {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": [text, image]}
        messages.append({"role": "assistant", "content": [thinking, call]})
        messages.append({"role": "user", "content": [{**result, "is_error": True} if number == 2 else result]})
    return [
        *messages,
        {"role": "assistant", "content": "All is read."},
        {"role": "user", "content": "Thanks. Sum it up."},
    ]


def externalized() -> Session:
    """Results and arguments stand behind pointers."""
    session = Session(chat())
    session.compress(0.3, CompressionTier.LOSSLESS)
    return session


def of_blocks() -> Session:
    """Thinking, images and blocks of results, behind pointers and in summaries."""
    session = Session(blocks())
    session.compress(0.5, CompressionTier.LOSSLESS)
    session.compress(0.05)
    return session


def folded() -> Session:
    """Runs of old turns are summaries."""
    session = Session(chat())
    session.compress(0.15)
    return session


def nested() -> Session:
    """Previews of previews, in a summary, in a summary of that one."""
    session = Session(chat())
    session.compress(0.6, CompressionTier.LOSSLESS)
    session.compress(0.3, CompressionTier.LOSSLESS)
    session.compress(0.15)
    session.go_on(LATER)
    session.compress(0)
    return session


def compressed_again() -> Session:
    """A part was restored for good, the session went on, and was compressed again."""
    session = Session(chat())
    session.compress(0.15)
    session.restore_one()
    session.go_on(LATER)
    session.compress(0.15)
    return session


CASES: dict[str, Callable[[], Session]] = {
    "externalized": externalized,
    "of-blocks": of_blocks,
    "folded": folded,
    "nested": nested,
    "compressed-again": compressed_again,
    "missing": folded,
    "tampered": externalized,
}
"""By name: how the session came to be. The last two are damaged when they are written."""


def golden(name: str, session: Session) -> dict[str, Any]:
    """Return what a golden file holds."""
    contents = {each: bytes_text(session.store.get(each)) for each in sorted(session.manifest.content_ids())}
    missing, tampered = _damage(name, session, contents)
    record: dict[str, Any] = {
        "version": __version__,
        "case": name,
        "session_id": session.graph.session_id,
        "original_sha256": hashlib.sha256(graph_bytes(session.plain)).hexdigest(),
        "missing": missing,
        "tampered": tampered,
        "nodes": [{**node.to_record(), "content": node.content} for node in session.graph.nodes()],
        "edges": [edge.to_record() for edge in session.graph.edges()],
        "contents": contents,
        "manifest": json.loads(session.manifest.to_json()),
    }
    if missing:
        record["without_missing_sha256"] = _digest_without(missing, session)
    return record


def _damage(name: str, session: Session, contents: dict[str, str]) -> tuple[list[str], list[str]]:
    """Damage the contents where the case says so; return the ids of those that are lost, and that are changed."""
    result = next(n for n in session.plain.nodes(NodeType.TOOL_RESULT))
    original = content_id(text_bytes(result.content))
    if name == "missing":
        del contents[original]
        return [original], []
    if name == "tampered":
        contents[original] = contents[original].replace("INV-4820", "INV-6666")
        return [], [original]
    return [], []


def _digest_without(missing: list[str], session: Session) -> str:
    """Return the hash of the graph where all is restored but what is missing."""
    for each in missing:
        while not session.store.delete(each):
            pass
    restore(session.graph, session.manifest, session.store, on_missing="skip")
    return hashlib.sha256(graph_bytes(session.graph)).hexdigest()


def is_sound(name: str, session: Session) -> bool:
    """Return whether a session restores today, before it is frozen."""
    copy = ContextGraph(session.graph.session_id)
    for node in session.graph.nodes():
        copy.add(node)
    for edge in session.graph.edges():
        copy.add_edge(edge.source, edge.target, edge.type, **edge.evidence)
    restore(copy, session.manifest, session.store)
    return graph_bytes(copy) == graph_bytes(session.plain)


def main() -> int:
    """Write the files that are not there yet."""
    FOLDER.mkdir(exist_ok=True)
    for name, make in CASES.items():
        path = FOLDER / f"{__version__}-{name}.json"
        if path.exists():
            print(f"{path.name} is frozen")
            continue
        session = make()
        if not is_sound(name, session):
            print(f"{name} does not restore; nothing was written for it")
            return 1
        path.write_text(json.dumps(golden(name, session), separators=(",", ":")) + "\n")
        strategies = sorted({f"{change.strategy}/{change.tier}" for change in session.manifest.changes})
        print(f"{path.name}: {path.stat().st_size:,} bytes, {len(session.manifest)} changes by {', '.join(strategies)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
