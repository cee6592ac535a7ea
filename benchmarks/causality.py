"""Are causes right? Measured on real transcripts.

    uv run python -m benchmarks.causality

1. *Single source*: where a value in a call's arguments stands in exactly one earlier node, is that node a direct cause?
   Values are found here by a pattern of this file, not by the package's own.
2. *Planted*: values put into real sessions, said once or several times, with near misses of them said around, and used
   in a later call. Expected are the node that introduced the value and the latest that said it, and no other.
3. *Direct causes a call*, on average.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from context_core import EdgeType, NodeType, TranscriptError, build, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from context_core import ContextGraph, Message, Part, Transcript

DATA = Path(__file__).parents[2] / "shared" / "data"
_VALUE = re.compile(
    r"(?<!\w)(?:[\w.~-]*/[\w./-]*\w|[\w.+-]+@[\w-]+\.[\w.-]+\w|[A-Za-z]\w*_\w+|[a-z]+[A-Z]\w+|[A-Z][a-z]+[A-Z]\w+"
    r"|\w*\d\w*[A-Za-z]\w*|\w*[A-Za-z]\w*\d\w*|\d{5,}|[\w-]+\.\w{1,5})(?!\w)"
)
_MIN_CHARS = 6


def sessions(limit: int | None = None) -> Iterator[tuple[str, Transcript]]:
    """Yield real sessions with the name of their kind; at most `limit` of each kind."""
    for kind in ("entire_claude_code", "entire_codex"):
        paths = [path for path in sorted((DATA / kind).rglob("*full.jsonl")) if "growth" not in str(path)]
        for path in paths[:limit]:
            yield kind, read(path, on_error="skip")
    for path in sorted((DATA / "tau_bench").rglob("*.json")):
        for run in orjson.loads(path.read_bytes())[: limit or 60]:
            try:
                yield "tau_bench", read(run["traj"])
            except TranscriptError:
                continue


def single_sources(graph: ContextGraph) -> Iterator[tuple[str, str, str]]:
    """Yield (call id, value, node id) for each value of a call that stands in exactly one earlier node."""
    texts: list[tuple[str, str]] = []
    for node in graph.nodes():
        text = node.content if node.kind != "image" else ""
        if node.type is NodeType.TOOL_CALL:
            text = "\n".join(_leaves(orjson.loads(node.content)))
            for value in sorted({value for value in _VALUE.findall(text) if len(value) >= _MIN_CHARS}):
                whole = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")
                said = [node_id for node_id, earlier in texts if value in earlier and whole.search(earlier)]
                if len(said) == 1:
                    yield node.id, value, said[0]
        texts.append((node.id, text))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, str) or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        yield str(value)


def causes(graph: ContextGraph, node_id: str) -> dict[str, Any]:
    """Return the evidence of each direct cause, by the cause's id."""
    return {edge.source: edge.evidence for edge in graph.in_edges(node_id, EdgeType.CAUSAL)}


# ── planted values ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Planting:
    """What was planted, and where.

    Attributes:
        transcript: the session with the values in it.
        call: number of the message that calls with the value.
        value: the value.
        near_misses: what was said beside it.
        sayers: numbers of the messages that say it, in order.
    """

    transcript: Transcript
    call: int
    value: str
    near_misses: tuple[str, ...]
    sayers: tuple[int, ...]


def _made(draw: random.Random) -> tuple[str, tuple[str, ...]]:
    """Return a value and near misses of it: another last sign, longer at either end, the same end elsewhere."""
    number, word = draw.randrange(10**5, 10**6), draw.choice(["falcon", "meadow", "copper", "willow"])
    kinds = {
        "path": (f"srv/{word}/part_{number}.go", f"lib/{word}s/part_{number}.go", f"srv/{word}/part_{number}.gob"),
        "id": (f"TKT-{number}", f"TKT-{number + 1}", f"XTKT-{number}", f"TKT-{number}-B", f"TKT-{number}7"),
        "hash": (
            f"{number:08x}{number * 7:07x}",
            f"{number:08x}{number * 7 + 1:07x}",
            f"a{number:08x}{number * 7:07x}",
        ),
        "symbol": (f"{word}_total_{number}", f"{word}_total_{number}x", f"my_{word}_total_{number}"),
        "email": (
            f"{word}.{number}@mail.example",
            f"a{word}.{number}@mail.example",
            f"{word}.{number}@mail.example.net",
        ),
        "number": (f"{number}{number}", f"{number}{number}1", f"1{number}{number}"),
        "url": (f"https://{word}.example/t/{number}", f"https://{word}.example/u/{number + 3}"),
        "camel": (f"{word}Total{number}", f"{word}Total{number}s", f"the{word.title()}Total{number}"),
    }
    value, *near = kinds[draw.choice(sorted(kinds))]
    return value, tuple(near)


def plant(transcript: Transcript, draw: random.Random) -> Planting | None:
    """Return a session with one value planted, or None where it has no call with something before it."""
    spoken = [n for n, m in enumerate(transcript.messages) if m.parts[0].type is not NodeType.TOOL_CALL]
    calls = [n for n, m in enumerate(transcript.messages) if m.parts[-1].type is NodeType.TOOL_CALL]
    calls = [n for n in calls if sum(s < n for s in spoken) >= 6]
    if not calls:
        return None
    call = draw.choice(calls)
    before = [n for n in spoken if n < call]
    value, near = _made(draw)
    sayers = sorted(draw.sample(before, draw.choice([1, 1, 2, 3])))
    others = draw.sample([n for n in before if n not in sayers], min(len(near), len(before) - len(sayers)))
    messages = list(transcript.messages)
    for number in sayers:
        messages[number] = _saying(messages[number], value, draw)
    for number, miss in zip(others, near, strict=False):
        messages[number] = _saying(messages[number], miss, draw)
    messages[call] = _calling(messages[call], value)
    return Planting(replace(transcript, messages=tuple(messages)), call, value, near, tuple(sayers))


def _saying(message: Message, value: str, draw: random.Random) -> Message:
    """Put a value on a line of a message's first part, or into a text of its JSON."""
    first = message.parts[0]
    lines = first.content.split("\n")
    lines.insert(
        draw.randrange(len(lines) + 1), draw.choice(["found {} there", "- {}: ok", '"ref": "{}",']).format(value)
    )
    return _with_part(message, 0, replace(first, content="\n".join(lines)))


def _calling(message: Message, value: str) -> Message:
    last = message.parts[-1]
    arguments = {**orjson.loads(last.content), "reference": value}
    return _with_part(message, len(message.parts) - 1, replace(last, content=orjson.dumps(arguments).decode()))


def _with_part(message: Message, number: int, part: Part) -> Message:
    return replace(message, parts=(*message.parts[:number], part, *message.parts[number + 1 :]))


def judge(planting: Planting) -> tuple[int, int, int]:
    """Return how many causes were expected, how many of them found, and how many told for the value or a near miss."""
    graph = build(planting.transcript)
    messages = planting.transcript.messages
    number = len(messages[planting.call].parts) - 1
    told = {
        source
        for source, evidence in causes(graph, f"{messages[planting.call].id}/{number}").items()
        for use in (evidence, *evidence.get("more", ()))
        if any(use.get("value", " ") in name for name in (planting.value, *planting.near_misses))
    }
    expected = {f"{messages[n].id}/0" for n in (planting.sayers[0], planting.sayers[-1])}
    return len(expected), len(expected & told), len(told)


def measure(limit: int | None, plantings: int, seed: int = 0) -> dict[str, Counter[str]]:
    """Return the counts of each kind of session."""
    draw = random.Random(seed)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for kind, transcript in sessions(limit):
        graph, count = build(transcript), counts[kind]
        for call, _, source in single_sources(graph):
            count["single"] += 1
            count["single found"] += source in causes(graph, call)
        for call in graph.nodes(NodeType.TOOL_CALL):
            count["calls"] += 1
            count["causes"] += len(causes(graph, call.id))
        for _ in range(plantings):
            planting = plant(transcript, draw)
            if planting is not None:
                expected, found, told = judge(planting)
                count.update({"planted": expected, "planted found": found, "told": told})
    return counts


def main(arguments: list[str] | None = None) -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, default=None, help="sessions of a kind at most")
    parser.add_argument(
        "--plantings", type=int, default=20, help="values planted a session, each in a graph of its own"
    )
    options = parser.parse_args(arguments)
    counts = measure(options.limit, options.plantings)
    for kind, count in {**counts, "all": sum(counts.values(), Counter[str]())}.items():
        print(
            f"{kind:20} single source {count['single found']}/{count['single']} = "
            f"{count['single found'] / max(1, count['single']):.2%}   planted: recall "
            f"{count['planted found'] / max(1, count['planted']):.2%}, precision "
            f"{count['planted found'] / max(1, count['told']):.2%} ({count['planted']} causes)   causes a call "
            f"{count['causes'] / max(1, count['calls']):.2f}"
        )


if __name__ == "__main__":
    main()
