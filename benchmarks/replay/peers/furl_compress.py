"""furl-ctx: tool results are crushed by their kind (JSON, logs, search, prose), rows and whole texts go to its store.

Setting: `compress` with the strongest rung of its own `compress_to` (what that returns where no rung meets the target,
without the time of the weaker rungs), but users' messages stay as they are: changing them gains 2 % and costs the
user's own words. By default the results of tools named Read, Grep, Glob, Write and Edit are left alone. It has no
tokenizer offline and estimates. Originals are in its SQLite store; `retrieve` reads them in another process.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from _protocol import put_back, serve, store_folder, texts

os.environ["FURL_CCR_BACKEND"] = "sqlite"
os.environ["FURL_CCR_SQLITE_PATH"] = str(Path(store_folder()) / "furl.db")
os.environ["FURL_CCR_TTL_SECONDS"] = "86400"

from furl_ctx import compress as furl
from furl_ctx import retrieve

STRONGEST = {
    "protect_recent": 0,
    "min_tokens_to_compress": 50,
    "protect_analysis_context": False,
    "compress_system_messages": False,
}
REFERENCE = re.compile(r"(?:<<ccr:|hash=)([0-9a-f]{24}|[0-9a-f]{12})\b")


def compress(case: dict, pipeline: object = None) -> list[dict]:
    """Return the messages with crushed results."""
    result = furl(case["messages"], pipeline=pipeline, **STRONGEST)
    if result.error is not None:
        raise RuntimeError(result.error)
    return put_back(case, result.messages)


def recover(case: dict, messages: list[dict]) -> list[str]:
    """Return the originals behind the references in the messages, and behind those in the originals."""
    found, seen = [], set()
    asked = set(REFERENCE.findall(texts(messages)))
    while asked - seen:
        reference = (asked - seen).pop()
        seen.add(reference)
        original = retrieve(reference)
        if original is not None:
            found.append(original)
            asked |= set(REFERENCE.findall(original))
    return found


if __name__ == "__main__":
    serve(compress, recover)
