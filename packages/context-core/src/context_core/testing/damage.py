"""Damage a transcript as disks, crashes and other programs' versions do, and worse; and what must hold all the same.

1. Values anywhere in it are dropped, replaced by values of other types, repeated, renamed, or nested too deep.
2. Its bytes are cut, changed, or put in other order.
3. What comes out of reading it is a `TranscriptError`, or transcripts that can be built and rendered.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from context_core.build import build
from context_core.errors import TranscriptError
from context_core.read import read_all
from context_core.render import render
from context_core.renderers import MESSAGES, TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from context_core.transcript import Transcript

_CONTAINERS = (dict, list)
_DEEP = "nested too deep"
"""Stands for nesting until the JSON is written: Python copies no value that is nested as deep."""
_DEPTHS = (100, 500, 1_500, 100_000)


ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 7, 1.5, 10**400, -(10**30), float("nan"), float("inf")),
    *(
        "",
        " ",
        "x",
        "\x00",
        "\ud83d",
        "{",
        '{"a": 1}',
        "[1, 2]",
        "null",
        "2026-13-45T99:99",
        "user",
        "assistant",
        "tool",
    ),
    *([], {}, [[]], [None], [1, "a"], {"type": "text"}, {"type": ["text"]}, {"role": 5}, {"content": {"content": []}}),
    *({"a": None}, {"text": 5}, [{"type": "tool_use"}], {"output": 5}, {"id": {}}, {"": ""}),
)
"""Values that stand where others are expected."""


def damaged(sample: Any, random: Random) -> bytes:
    """Return the bytes of a damaged copy of a transcript.

    Args:
        sample: rows, one document, or a text.
        random: decides what is done.

    Example:
        >>> from random import Random
        >>> isinstance(damaged([{"role": "user", "content": "hi"}], Random(0)), bytes)
        True
    """
    if isinstance(sample, str):
        return _damaged_bytes(sample.encode(), random)
    value = copy.deepcopy(sample)
    for _ in range(random.randint(0, 4)):
        _damage_value(value, random)
    if isinstance(value, list) and random.random() < 0.6:
        data = b"\n".join(json.dumps(row).encode() for row in value)
    else:
        data = json.dumps(value, indent=random.choice((None, None, 1))).encode()
    depth = random.choice(_DEPTHS)
    data = data.replace(json.dumps(_DEEP).encode(), b"[" * depth + b"]" * depth)
    return _damaged_bytes(data, random) if random.random() < 0.25 else data


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container with each key of it."""
    waiting: list[Any] = [value]
    while waiting:
        at = waiting.pop()
        for key in list(at) if isinstance(at, dict) else range(len(at)):
            yield at, key
            if isinstance(at[key], _CONTAINERS):
                waiting.append(at[key])


def _damage_value(value: Any, random: Random) -> None:
    places = list(_places(value))
    if not places:
        return
    at, key = random.choice(places)
    kind = random.randint(0, 7)
    if kind == 0:
        del at[key]
    elif kind in (1, 2):
        at[key] = copy.deepcopy(random.choice(ODD))
    elif kind == 3:
        other, other_key = random.choice(places)
        at[key] = copy.deepcopy(other[other_key])
    elif kind == 4:
        at[key] = [at[key]] if random.random() < 0.5 else {"x": at[key]}
    elif kind == 5 and isinstance(at, dict):
        at[random.choice(("x", "id", "role", "type", "content", ""))] = at.pop(key)
    elif kind == 5 or kind == 6:
        at[key] = str(at[key]) if random.random() < 0.7 else _DEEP
    elif isinstance(at, list):
        at.insert(random.randint(0, len(at)), copy.deepcopy(at[key]))


def _damaged_bytes(data: bytes, random: Random) -> bytes:
    kind = random.randint(0, 4)
    place = random.randint(0, max(0, len(data) - 1))
    if kind == 0:
        return data[:place]
    if kind == 1:
        return data[:place] + random.choice((b"\x00", b"\xff", b"\xed\xa0\xbd", b"\n", b"{", b'"', b"]")) + data[place:]
    lines = data.split(b"\n")
    if kind == 2:
        random.shuffle(lines)
    elif kind == 3:
        lines.insert(random.randint(0, len(lines)), random.choice(lines))
    else:
        del lines[random.randint(0, len(lines) - 1)]
    return b"\n".join(lines)


def check_readable(data: bytes, format: str = "auto") -> int:
    """Read bytes in both ways, and check what came out; return how many transcripts there were.

    Raises:
        AssertionError: a transcript breaks a promise.
        Exception: anything else than a `TranscriptError` came out.
    """
    count = 0
    for on_error in ("raise", "skip"):
        try:
            for transcript in read_all(data, format, on_error):
                check_transcript(transcript)
                count += 1
        except TranscriptError:
            continue
    return count


def check_transcript(transcript: Transcript) -> None:
    """Check what every transcript promises, and that it can be built and rendered.

    Raises:
        AssertionError: an id is not unique or no string, or a parent or a cause does not stand before.
    """
    seen: set[str] = set()
    for message in transcript.messages:
        assert isinstance(message.id, str), f"id {message.id!r} is no string"
        assert message.id not in seen, f"id {message.id} is used twice"
        assert message.parent is None or message.parent in seen, f"{message.id} stands before its parent"
        assert seen.issuperset(message.causes), f"{message.id} stands before its causes {message.causes}"
        assert message.parts, f"{message.id} has no parts"
        assert all(isinstance(part.content, str) for part in message.parts), f"{message.id} has content that is no text"
        seen.add(message.id)
    graph = build(transcript)
    for form in (*MESSAGES, *TEXTS):
        render(graph, form)
