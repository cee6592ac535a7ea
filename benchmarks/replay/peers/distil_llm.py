"""Distil: tool results are digested, what it cuts stands behind an 8-digit handle.

Setting: the library's `compress_messages` with its default digest, of all messages that may change; it has no target.
`verbatim=True` (lossless only) keeps much more. Originals are in its store on disk, and `expand_handle` reads them from
there, so also in another process.
"""

from __future__ import annotations

import os
import re

from _protocol import old, replaced, serve, store_folder, texts

os.environ["DISTIL_HOME"] = store_folder()

from distil import compress_messages, expand_handle

HANDLE = re.compile(r"handle=([0-9a-f]{8})")


def compress(case: dict) -> list[dict]:
    """Return the messages with digested results."""
    numbers = old(case)
    result = compress_messages([case["messages"][number] for number in numbers])
    changed = zip(numbers, result.messages, strict=True)
    return replaced(case["messages"], {number: message["content"] for number, message in changed})


def recover(case: dict, messages: list[dict]) -> list[str]:
    """Return the originals behind the handles in the messages."""
    found = [expand_handle(handle) for handle in set(HANDLE.findall(texts(messages)))]
    return [text for text in found if text is not None]


if __name__ == "__main__":
    serve(compress, recover)
