"""This project: `CompressionPipeline` with its defaults, originals in a SQLite store that is opened anew to recover.

The time is from messages to messages: read, build, compress, store the originals, write the manifest, render.
"""

from __future__ import annotations

import re
import uuid
from pathlib import Path

from _protocol import serve, store_folder, texts

from context_compression import CompressionPipeline
from context_core import BudgetExceededError, ContextError, Manifest, build, expand, read, render, session_digits
from context_memory import open_store

REFERENCE = re.compile(r"\d{9}\.\d{6,15}")
STORE = f"sqlite:///{Path(store_folder()) / 'context.db'}"


def compress(case: dict) -> list[dict]:
    """Return the compressed messages; where what must stay is larger than the target, as near to it as can be."""
    session = case["id"] or uuid.uuid4().hex
    store = open_store(STORE)
    graph = build(read(case["messages"], format="openai-chat"), session_id=session)
    try:
        result = CompressionPipeline().compress(graph, target_tokens=case["target_tokens"], store=store)
    except BudgetExceededError as error:
        result = CompressionPipeline().compress(graph, target_tokens=error.needed, store=store)
    manifest_of(session).write_text(result.manifest.to_json())
    return list(render(graph))


def manifest_of(session: str) -> Path:
    """Return the file of a session's manifest."""
    return Path(store_folder()) / f"{session_digits(session)}.json"


def recover(case: dict, messages: list[dict]) -> list[str]:
    """Return the originals behind the references, from the store opened anew."""
    store = open_store(STORE)
    manifest = Manifest.from_json(manifest_of(case["id"]).read_text())
    own = session_digits(case["id"])
    found = {reference for reference in REFERENCE.findall(texts(messages)) if reference.startswith(own)}
    return [text for reference in sorted(found) if (text := _expanded(manifest, store, reference)) is not None]


def _expanded(manifest, store, reference: str) -> str | None:
    try:
        return expand(manifest, store, reference)
    except ContextError:
        return None


if __name__ == "__main__":
    serve(compress, recover)
