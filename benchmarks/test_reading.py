"""Reading in bounded memory: a large JSON Lines file, streamed in a process of its own, and the most memory it took.

Small by default. `CONTEXT_LARGE_FILE=1` makes the file one of 1 GB; `pytest benchmarks/test_reading.py -s` prints.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

LARGE = os.environ.get("CONTEXT_LARGE_FILE") == "1"
SIZES = (2**24, 2**27, 2**30) if LARGE else (2**20, 2**23)
ROW = 8_000
"""Characters of a row's text; a megabyte is then some 130 rows."""
STREAM = """
import sys
from context_core import stream
count = sum(1 for _ in stream(sys.argv[1]))
# Not getrusage: its peak outlives the exec, so it would be that of the process which started this one.
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(count, peak)
"""


def claude_code(number):
    role = "assistant" if number % 2 else "user"
    parent = f"row-{number - 1}" if number else None
    message = {"role": role, "id": f"m{number}", "content": [{"type": "text", "text": text_of(number)}]}
    return {"uuid": f"row-{number}", "parentUuid": parent, "sessionId": "s", "type": role, "message": message}


def codex(number):
    role = "assistant" if number % 2 else "user"
    content = [{"type": "input_text", "text": text_of(number)}]
    return {"type": "response_item", "payload": {"type": "message", "role": role, "content": content}}


def chat(number):
    return {"role": "assistant" if number % 2 else "user", "content": text_of(number)}


def text_of(number):
    return (f"line {number} of a long log\n" * (ROW // 20))[:ROW]


def write(path, row, size):
    """Write rows until the file has the size; return how many there are."""
    count = 0
    with path.open("w") as file:
        while file.tell() < size:
            file.writelines(json.dumps(row(number)) + "\n" for number in range(count, count + 64))
            count += 64
    return count


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc for the peak of a process of its own")
@pytest.mark.parametrize("row", [claude_code, codex, chat])
def test_memory_does_not_grow_with_the_contents(row, tmp_path):
    """A file of many times the size takes but the ids more."""
    peaks = {}
    for size in SIZES:
        path = tmp_path / "large.jsonl"
        written = write(path, row, size)
        told = subprocess.check_output([sys.executable, "-c", STREAM, str(path)], text=True)
        count, peaks[size] = map(int, told.split())
        path.unlink()
        assert count == written
    print(
        f"\n{row.__name__}:",
        ", ".join(f"{size / 2**20:,.0f} MB: {peak / 2**10:.0f} MB" for size, peak in peaks.items()),
    )
    grown = (peaks[SIZES[-1]] - peaks[SIZES[0]]) * 2**10
    assert grown < (SIZES[-1] - SIZES[0]) / 4
