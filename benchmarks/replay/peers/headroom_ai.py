"""Headroom: tool results are crushed by their kind, stale reads are replaced, originals go to its store.

Setting: `compress` for all that may change (`protect_recent=0`, `protect_analysis_context=False`) from 50 tokens on;
the system prompt is left alone. It has no target. Of its profiles (`balanced`, `coding`, `agent-90`) none keeps less
than 79 % where this keeps 80, and they change users' words. Its text model (Kompress) is downloaded at the first use,
so not here; its ONNX content detection and its code parser changed nothing but the time. `HEADROOM_OFFLINE` keeps it
from asking the network. Originals are in its SQLite store, read by a second process.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from _protocol import put_back, serve, store_folder, texts

os.environ["HEADROOM_OFFLINE"] = "1"
os.environ["HEADROOM_CCR_BACKEND"] = "sqlite"
os.environ["HEADROOM_CCR_SQLITE_PATH"] = str(Path(store_folder()) / "headroom.db")
os.environ["HEADROOM_CCR_TTL_SECONDS"] = "86400"

from headroom import compress as headroom
from headroom.cache.compression_store import get_compression_store

EVERYTHING = {
    "protect_recent": 0,
    "min_tokens_to_compress": 50,
    "protect_analysis_context": False,
    "compress_system_messages": False,
}
REFERENCE = re.compile(r"(?:<<ccr:|hash=)([0-9a-f]{12,24})\b")


def compress(case: dict) -> list[dict]:
    """Return the messages with crushed results."""
    return put_back(case, headroom(case["messages"], **EVERYTHING).messages)


def recover(case: dict, messages: list[dict]) -> list[str]:
    """Return the originals behind the references in the messages, as the tool `headroom_retrieve` reads them."""
    store = get_compression_store()
    entries = [store.retrieve(reference) for reference in sorted(set(REFERENCE.findall(texts(messages))))]
    return [entry.original_content for entry in entries if entry is not None]


if __name__ == "__main__":
    serve(compress, recover)
