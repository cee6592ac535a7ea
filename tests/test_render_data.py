"""Every real transcript, in every form that there is a renderer for."""

from __future__ import annotations

import json
import re
from html import unescape
from itertools import islice
from pathlib import Path

import pytest

from context_core import NodeType, TranscriptError, build, close, read, read_all, render, window
from context_core.renderers import OBJECTS
from context_core.testing.providers import (
    check_anthropic,
    check_openai,
    check_openai_arguments,
    check_response_arguments,
    check_responses,
)

pytestmark = pytest.mark.data
DATA = Path(__file__).parents[2] / "shared" / "data"
FOLDERS = sorted(path.name for path in DATA.iterdir() if path.is_dir()) if DATA.is_dir() else []
SESSIONS = 25
"""Sessions taken of a file that holds many, at even distances."""
LIBRARIES = {"langchain": "langchain_core", "pydantic-ai": "pydantic_ai"}


def transcripts(folder):
    """Yield each transcript below a folder, of files with many sessions a sample."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "dev_growth" not in path.parts:
            try:
                found = list(read_all(path))
            except TranscriptError:
                continue
            yield from islice(found, 0, None, 1 + len(found) // SESSIONS)


def last_growth(data):
    """Yield each growing session at its largest."""
    for folder in sorted(data.glob("entire_*/dev_growth/*")):
        yield read(max(folder.iterdir(), key=lambda path: path.stat().st_size))


def shown(graph):
    """Return the nodes of a window whose words a reader of it must find."""
    return [node for node in window(graph) if node.kind == "text" and node.content.strip()]


@pytest.mark.parametrize("folder", FOLDERS)
def test_providers_take_it(data, folder):
    """By the rules of each."""
    for transcript in transcripts(data / folder):
        graph = build(transcript)
        check_openai(render(graph))
        check_openai_arguments(render(graph))
        check_anthropic(render(graph, "anthropic"), alternate=transcript.format != "anthropic-messages")
        items = render(graph, "openai-responses")
        check_responses(items)
        check_response_arguments(items)


@pytest.mark.parametrize("folder", FOLDERS)
def test_texts_tell_it(data, folder):
    """A prompt of events has every word of it; a document has those of messages and results."""
    for transcript in transcripts(data / folder):
        graph = build(transcript)
        prompt, document = unescape(render(graph, "xml")), unquoted(render(graph, "markdown"))
        assert [node.id for node in shown(graph) if node.content not in prompt] == []
        said = [node for node in shown(graph) if node.type is not NodeType.TOOL_CALL]
        assert [node.id for node in said if unquoted(node.content).strip("\n") not in document] == []


def unquoted(text):
    """Return a text without the marks of quotes at the heads of its lines."""
    return re.sub(r"\n(?:> ?)+", "\n", f"\n{text}")


@pytest.mark.parametrize("to", sorted(OBJECTS))
@pytest.mark.parametrize("folder", FOLDERS)
def test_libraries_take_it(data, folder, to):
    """Read back, the objects have as many calls, each with its result, and the same words."""
    pytest.importorskip(LIBRARIES[to], reason=f"needs the extra {to}")
    for transcript in islice(transcripts(data / folder), 12):
        graph = build(transcript)
        messages = render(close(window(graph), graph), to)
        if not messages:
            continue
        back = build(read(messages))
        held = {node.content for node in back.nodes()}
        calls = [node for node in window(graph) if node.type is NodeType.TOOL_CALL]
        assert len(list(back.nodes(NodeType.TOOL_CALL))) == len(calls)
        assert len(list(back.nodes(NodeType.TOOL_RESULT))) == len(calls)
        said = [node for node in shown(graph) if node.type is NodeType.MESSAGE]
        assert [node.id for node in said if node.content not in held] == []


def test_items_of_a_log_round_trip(data):
    """A Codex session's items, taken as the array they were sent as, come back as the same JSON."""
    paths = sorted((data / "entire_codex").rglob("*full.jsonl"))
    assert paths
    for path in paths:
        rows = map(json.loads, path.read_text().splitlines())
        items = [row["payload"] for row in rows if row["type"] == "response_item"]
        graph = build(read(items, format="openai-responses"))
        assert list(render(graph, "openai-responses")) == items


def test_sessions_at_their_largest_are_taken(data):
    """Those whose life is recorded, with compactions."""
    for transcript in last_growth(data):
        graph = build(transcript)
        check_responses(render(graph, "openai-responses"))
        check_openai(render(graph))
        check_anthropic(render(graph, "anthropic"))
