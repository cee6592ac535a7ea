"""Distil with eviction: old tool results of 128 tokens and more give way to a stub of one line with a handle.

Setting: the proxy's adapter for Chat Completions, `compress_chat_completions`, with all candidates of
`cold_candidates_chat`: what the proxy does on a turn whose cache has expired. It keeps what an agent may have to quote
(files that it read) as it is, so it keeps more than the library's default. It has no target. Originals are on disk, and
`expand_handle` reads them from there.
"""

from __future__ import annotations

from _protocol import put_back, serve
from distil.adapters.openai import cold_candidates_chat, compress_chat_completions
from distil_llm import recover  # it also sets the folder of the store


def compress(case: dict) -> list[dict]:
    """Return the messages with evicted and digested results."""
    messages = case["messages"]
    compressed, _ = compress_chat_completions(messages, evict=cold_candidates_chat(messages))
    return put_back(case, compressed)


if __name__ == "__main__":
    serve(compress, recover)
