"""What every peer speaks: a case a line on standard input, an answer a line on standard output.

1. Standard output is set aside for answers; whatever else is printed, by native code too, goes to standard error.
2. A small case is compressed first, so that nobody's first use, with all it loads, is timed.
3. A case has `id`, `messages`, `target_tokens` and `protected`. `compress` returns the messages that a model would be
   sent instead. Only that call is timed, in CPU seconds of all threads of the process: other processes on the machine
   do not disturb it.
4. `recover` returns the originals that the peer's public interface gives for references in those messages. It runs in
   a second process, which shares nothing with the first but the folder of the store.
5. Whatever a peer raises is the answer to that case: one case's error does not end the others.

No peer changes system prompts or the last `protected` messages: `old` names the others.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SYSTEM = ("system", "developer")
"""Roles of instructions that nobody may change."""
PART = 4
"""Tokens a part costs beside its strings, as the benchmark counts."""
_FOLDER = "PEER_STORE"


def serve(compress: Callable, recover: Callable | None = None) -> None:
    """Answer cases until standard input ends.

    Args:
        compress: from a case to compressed messages.
        recover: from a case and its compressed messages to the originals of the references in them.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if "recover" in sys.argv:
        handle = partial(_recovered, recover)
    else:
        _warm(compress)
        handle = partial(_compressed, compress, _Reader() if recover else None)
    for line in sys.stdin:
        answers.write(json.dumps(_answer(json.loads(line), handle)) + "\n")
        answers.flush()


def store_folder() -> str:
    """Return a folder for originals, the same one in the process that recovers; the first process removes it."""
    if _FOLDER not in os.environ:
        os.environ[_FOLDER] = tempfile.mkdtemp(prefix="peer-")
        atexit.register(shutil.rmtree, os.environ[_FOLDER], ignore_errors=True)
    return os.environ[_FOLDER]


def old(case: dict) -> list[int]:
    """Return the numbers of the messages that may change, in order."""
    messages = case["messages"]
    before = range(max(0, len(messages) - case["protected"]))
    return [number for number in before if messages[number]["role"] not in SYSTEM]


def old_results(case: dict) -> list[int]:
    """Return the numbers of the tool messages that may change and are plain text."""
    messages = case["messages"]
    return [n for n in old(case) if messages[n]["role"] == "tool" and isinstance(messages[n]["content"], str)]


def replaced(messages: list[dict], contents: dict[int, str]) -> list[dict]:
    """Return the messages with other contents at some numbers."""
    return [{**m, "content": contents[n]} if n in contents else m for n, m in enumerate(messages)]


def put_back(case: dict, compressed: list[dict]) -> list[dict]:
    """Return compressed messages, one for each of the case's, with all that must stay as it was.

    Raises:
        ValueError: there are more or fewer of them than the case has.
    """
    if len(compressed) != len(case["messages"]):
        raise ValueError(f"got {len(compressed)} messages, expected the {len(case['messages'])} of the case")
    free = set(old(case))
    return [m if n in free else case["messages"][n] for n, m in enumerate(compressed)]


def texts(messages: Iterable[dict]) -> str:
    """Return the messages' texts, to look for references in."""
    return "\n".join(text for message in messages for part in _parts(message) for text in part)


def tokens(messages: Iterable[dict]) -> int:
    """Return what messages cost: the tokens of their strings, and `PART` a part."""
    parts = [part for message in messages for part in _parts(message)]
    return PART * len(parts) + sum(count([text for part in parts for text in part]))


def count(strings: list[str]) -> list[int]:
    """Return the tokens of each string: exact where `toktok` is installed, else a token for 3.5 characters."""
    try:
        import toktok
    except ImportError:
        return [round(len(text) / 3.5) for text in strings]
    return toktok.batch_count([text.encode("utf-8", "replace").decode() for text in strings], "o200k_base", 1)


def cap(case: dict, note: int) -> int:
    """Return the tokens that each old result may keep so that all messages meet the target; 0 where none may.

    Args:
        case: the case; its target is for all messages.
        note: the tokens of what stands in the place of the rest of a result.
    """
    sizes = count([case["messages"][n]["content"] for n in old_results(case)])
    room = case["target_tokens"] - tokens(case["messages"]) + sum(sizes)
    low, high = 0, max(sizes, default=0)
    while low < high:
        middle = (low + high + 1) // 2
        kept = sum(size if size <= middle + note else middle + note for size in sizes)
        low, high = (middle, high) if kept <= room else (low, middle - 1)
    return low


class _Reader:
    """A second process of the same peer, which only recovers."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None

    def found(self, case: dict, messages: list[dict]) -> list[str]:
        """Return the originals that the second process finds."""
        if self._process is None:
            command = [sys.executable, *sys.argv, "recover"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        asked = json.dumps({"id": case["id"], "case": case, "messages": messages})
        self._process.stdin.write(asked + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["found"]


def _recovered(recover: Callable, asked: dict) -> dict:
    return {"found": recover(asked["case"], asked["messages"])}


def _compressed(compress: Callable, reader: _Reader | None, case: dict) -> dict:
    began = time.process_time()
    messages = compress(case)
    seconds = time.process_time() - began
    found = None if reader is None else reader.found(case, messages)
    return {"messages": messages, "seconds": seconds, "recoverable": found}


def _answer(asked: dict, handle: Callable) -> dict:
    try:
        return {"id": asked["id"], **handle(asked)}
    except Exception as error:
        traceback.print_exc()
        return {"id": asked["id"], "error": f"{type(error).__name__}: {error}"}


def _warm(compress: Callable) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "read", "arguments": "{}"}}
    said = [
        {"role": "user", "content": "Read it."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "line of the file\n" * 400},
        {"role": "user", "content": "Thanks."},
    ]
    with contextlib.suppress(Exception):
        compress({"id": "", "messages": said, "target_tokens": 200, "protected": 1})


def _parts(message: dict) -> list[list[str]]:
    """Return the strings of each part of a message."""
    content = message.get("content")
    blocks = [{"text": content}] if isinstance(content, str) else content or []
    found = [[block.get("text") or ""] for block in blocks]
    if message["role"] == "tool":
        found = [[*strings, message["tool_call_id"]] for strings in found]
    for call in message.get("tool_calls") or []:
        found.append([call["function"]["name"], call["function"]["arguments"], call["id"]])
    return found
