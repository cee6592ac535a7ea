"""Every real transcript is recognized, read whole, and valid when rendered."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from context_core import NodeType, TranscriptError, build, read_all, render, stream
from context_core.json_text import loads
from context_core.readers import READERS
from context_core.readers.notes import Notes
from context_core.rows import rows_of
from context_core.source import open_source
from context_core.testing.damage import check_transcript
from context_core.testing.providers import check_anthropic, check_openai, check_openai_arguments

pytestmark = pytest.mark.data
DATA = Path(__file__).parents[2] / "shared" / "data"
EXPECTED = {
    "adk_sessions/**/*.json": "adk",
    "agentrx/**/tau_dataset_failed.json": "tau-bench",
    "autogen_sessions/**/*.json": "autogen",
    "entire_claude_code/**/*full.jsonl": "claude-code",
    "entire_codex/**/*full.jsonl": "codex",
    "entire_gemini_cli/dev/cli/12/**/full.jsonl": "gemini-cli",
    "entire_pi/**/full.jsonl": "pi",
    "inspect_logs/**/*[!s].json": "inspect",
    "intercode/**/*.json": "intercode",
    "langfuse_traces/**/*.trace.json": "langfuse",
    "langfuse_traces/**/seeder/*.json": "langfuse",
    "mint/**/*.jsonl": "mint",
    "openhands/**/*.json*": "openhands",
    "otel_kagent/**/helm.json": "jaeger",
    "otel_kagent/**/tempo*.json": "otlp",
    "otel_openinference_vercel/**/*.json": "otel-sdk",
    "pydantic_ai_cassettes/**/test_[am]*/*.yaml": "http-cassette",
    "specstory_md/**/*.md": "specstory",
    "swe_agent_traj/**/*.traj": "swe-agent",
    "tau2_bench/**/*.json": "tau2",
    "tau_bench/**/*.json": "tau-bench",
    "who_and_when/**/*.json": "multi-agent",
}
"""Globs below the data's folder, and the reader that reads what they match."""
REFUSED = {
    "agentrx/**/ground_truth/*.json": "no known format",
    "entire_gemini_cli/dev/cli/ec/**/full.jsonl": "holds no message",
    "inspect_logs/**/*no-samples.json": "holds no message",
    "langfuse_traces/**/*.chatml.json": "no known format",
    "otel_kagent/**/eval_set_helm.json": "no known format",
    "pydantic_ai_cassettes/**/test_xai/*.yaml": "not HTTP",
    "**/metadata.json": "no known format",
    "**/prompt.txt": "not valid JSON",
}
"""What is no transcript, and what the error says: labels, metadata, logs without a message, other wire formats."""
FALL_BACK = "openai-chat"


def matching(globs):
    found = {str(path.relative_to(DATA)): glob for glob in globs for path in sorted(DATA.glob(glob))}
    return [pytest.param(name, globs[glob], id=name[-60:]) for name, glob in found.items()]


def test_every_file_is_accounted_for(data):
    """A file is a transcript that is read, or none, and then the reason is known."""
    known = {param.values[0] for param in (*matching(EXPECTED), *matching(REFUSED))}
    files = {str(path.relative_to(data)) for path in data.rglob("*") if path.is_file()}
    assert {name for name in files - known if not re.search(r"(^|/)(LICENSE|INDEX|\.)", name)} == set()


@pytest.mark.parametrize(("name", "format"), matching(EXPECTED))
def test_it_is_read_by_its_own_reader_and_by_no_other(data, name, format):
    """Only the fall-back, to which any role with content is a message, may claim it, too."""
    with (data / name).open("rb") as file:
        head = [row for (_, row), _ in zip(rows_of(open_source(file)[1], Notes(name, "skip")), range(25), strict=False)]
    claiming = {reader.FORMAT for reader in READERS if reader.recognizes(head)}
    assert claiming - {FALL_BACK} == {format}
    assert next(read_all(data / name)).format == format


@pytest.mark.parametrize(
    ("name", "format"), [p for p in matching(EXPECTED) if p.values[1] not in ("claude-code", "codex")]
)
def test_it_is_valid_when_rendered(data, name, format):
    """Each of its sessions keeps the promises of a transcript, and both providers would accept it."""
    for transcript in read_all(data / name):
        check_transcript(transcript)
        graph = build(transcript)
        check_openai(render(graph))
        check_openai_arguments(render(graph))
        check_anthropic(render(graph, "anthropic"))


@pytest.mark.parametrize(("name", "told"), matching(REFUSED))
def test_what_is_no_transcript_is_told(data, name, told):
    """Labels and metadata are refused in words."""
    with pytest.raises(TranscriptError, match=told):
        list(read_all(data / name))


def held_in(path):
    """Return all that the transcripts of a file hold, arguments as their values."""
    texts = []
    for transcript in read_all(path):
        for message in transcript.messages:
            for part in message.parts:
                texts.append(part.content)
                if part.type is NodeType.TOOL_CALL:
                    texts += strings(loads(part.content))
    return "\n".join(texts)


def strings(value):
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in inner for text in strings(item)]


def of_chat(messages):
    texts = [m["content"] for m in messages if isinstance(m.get("content"), str)]
    for message in messages:
        for call in message.get("tool_calls") or ():
            body = call["function"] if isinstance(call.get("function"), dict) else call
            arguments = body.get("arguments")
            texts += strings(json.loads(arguments) if isinstance(arguments, str) else arguments)
    return texts


def of_gemini(document):
    said = [m for m in document["messages"] if m["type"] in ("user", "gemini")]
    thoughts = [t["description"] for m in said for t in m.get("thoughts", ())]
    calls = [text for m in said for call in m.get("toolCalls", ()) for text in strings(call["args"])]
    return [m["content"] for m in said] + thoughts + calls


def of_pi(rows):
    blocks = [b for row in rows if row["type"] == "message" for b in row["message"]["content"]]
    return [b.get("text") or b.get("thinking") or "" for b in blocks] + [
        text for block in blocks for text in strings(block.get("arguments"))
    ]


def of_openhands(rows):
    events = [event for row in rows for event in row.get("history", [row])]
    hidden = ("agent_state_changed", "change_agent_state", "null")
    shown = [e for e in events if e.get("action", e.get("observation")) not in hidden]
    texts = [e["content"] for e in shown if isinstance(e.get("content"), str)]
    for event in shown:
        arguments = event.get("args") or event
        texts += [
            arguments[key] for key in ("content", "thought", "command", "code") if isinstance(arguments.get(key), str)
        ]
    return texts


TEXTS = {
    "adk_sessions/**/*.json": lambda d: [p["text"] for e in d["events"] for p in e["content"]["parts"] if "text" in p],
    "autogen_sessions/**/*.json": lambda d: [
        text for c in d for text in strings([m["content"] for m in (*c.get("messages", ()), c.get("response", {}))])
    ],
    "entire_gemini_cli/dev/cli/12/**/full.jsonl": of_gemini,
    "entire_pi/**/full.jsonl": of_pi,
    "inspect_logs/**/*[!s].json": lambda d: [text for s in d["samples"] for text in of_chat(s["messages"])],
    "intercode/**/*.json": lambda d: [
        text for t in d.values() for key in ("query", "turn_history") for text in strings(t[key])
    ],
    "mint/**/*.jsonl": lambda rows: [text for row in rows for text in of_chat(row["state"]["history"])],
    "openhands/**/*.json*": of_openhands,
    "swe_agent_traj/**/*.traj": lambda d: (
        of_chat(d["history"]) + [m["action"] for m in d["history"] if "action" in m and "tool_calls" not in m]
    ),
    "tau2_bench/**/*.json": lambda d: [text for s in d["simulations"] for text in of_chat(s["messages"])],
    "tau_bench/**/*.json": lambda d: [text for run in d for text in of_chat(run["traj"])],
    "who_and_when/**/*.json": lambda d: [m["content"] for m in d["history"]],
}
"""What a model saw, straight from the files."""


@pytest.mark.parametrize(("name", "texts"), matching(TEXTS))
def test_no_text_that_a_model_saw_is_lost(data, name, texts):
    """Contents, arguments and thoughts are all there."""
    text = (data / name).read_text()
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        document = [json.loads(line) for line in text.splitlines()]
    held = held_in(data / name)
    lost = [words[:80] for words in texts(document) if words and words.strip() not in held]
    assert lost == []


@pytest.mark.parametrize(("name", "format"), matching({"specstory_md/**/*.md": "specstory"}))
def test_no_words_of_a_markdown_history_are_lost(data, name, format):
    """Every line that is no mark-up is there."""
    held = held_in(data / name)
    marks = re.compile(r"^(<!--|# \d{4}-|_\*\*|---$|```|</?(tool-use|think|details|summary)\b|</details>)")
    lines = [line.strip() for line in (data / name).read_text().splitlines()]
    assert [line for line in lines if line and not marks.match(line) and line not in held] == []


def test_a_call_of_each_simulation_has_its_result(data):
    """Each result hangs on the call of its id."""
    for transcript in read_all(next(data.glob("tau2_bench/**/*claude*.json"))):
        graph = build(transcript)
        assert all(graph.in_edges(node.id) for node in graph.nodes(NodeType.TOOL_RESULT))


def test_a_stream_learns_the_model(data):
    """Once it was read to its end."""
    messages = stream(next(data.glob("entire_pi/**/full.jsonl")))
    assert messages.model is None
    assert sum(1 for _ in messages) == 394
    assert messages.model == "gpt-5.5"
