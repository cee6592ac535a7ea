"""What holds for every reader, on a short sample of its format."""

import json

import pytest

from context_core import EdgeType, NodeType, TranscriptError, build, graph_bytes, read, read_all, render
from context_core.readers import READERS
from context_core.readers.notes import Notes
from context_core.rows import rows_of
from context_core.source import open_source
from context_core.testing.damage import check_transcript
from context_core.testing.providers import check_anthropic, check_openai, check_openai_arguments
from context_core.testing.samples import PATH, RESULT, SAMPLES

FORMATS = sorted(SAMPLES)
WITHOUT_CALLS = {"multi-agent"}
WITHOUT_USAGE = {
    *("anthropic-messages", "claude-code", "codex", "http-cassette", "intercode", "mint", "multi-agent", "openai-chat"),
    *("openai-responses", "sharegpt", "specstory", "swe-agent", "tau-bench"),
}
FALL_BACK = "openai-chat"
GROWING = sorted(name for name, sample in SAMPLES.items() if isinstance(sample, list) and name not in WITHOUT_CALLS)


def bytes_of(sample):
    return sample.encode() if isinstance(sample, str) else json.dumps(sample).encode()


def lines_of(sample):
    return b"\n".join(json.dumps(row).encode() for row in sample)


def only(sample, **options):
    [transcript] = read_all(sample, **options)
    return transcript


def ids_of(rows, name):
    try:
        return [message.id for transcript in read_all(lines_of(rows), format=name) for message in transcript.messages]
    except TranscriptError as error:
        if "holds no message" not in str(error):
            raise
        return []


def test_every_reader_has_a_sample():
    """A reader without a sample would be held by no law."""
    assert sorted(reader.FORMAT for reader in READERS) == FORMATS


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_found_by_its_content(name):
    """Parsed, and as bytes."""
    assert only(SAMPLES[name]).format == name
    assert only(bytes_of(SAMPLES[name])).format == name


@pytest.mark.parametrize("name", FORMATS)
def test_no_two_readers_claim_a_source(name):
    """Only the last reader, to which any role with content is a message, may claim what another does."""
    source = SAMPLES[name]
    source = open_source(source)[1] if isinstance(source, str) else source
    rows = [row for _, row in rows_of(source, Notes("sample", "raise"))]
    claiming = {reader.FORMAT for reader in READERS if reader.recognizes(rows)}
    assert claiming - {FALL_BACK} == {name} - {FALL_BACK}


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_of_a_conversation_is_lost(name):
    """The question, the path in the call, the result, and the answer are all there."""
    contents = [node.content for node in build(only(SAMPLES[name])).nodes()]
    for words in ("What is in the file?", PATH, RESULT, "It sets größe to 7."):
        assert any(words in content for content in contents), words


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in WITHOUT_CALLS])
def test_a_call_and_its_result_are_joined(name):
    """The call has the tool's arguments as a JSON object, and the result hangs on it."""
    graph = build(only(SAMPLES[name]))
    call = next(node for node in graph.nodes(NodeType.TOOL_CALL) if PATH in node.content)
    assert isinstance(json.loads(call.content), dict)
    assert call.tool_name
    results = [graph.node(edge.target).content for edge in graph.out_edges(call.id, EdgeType.TOOL_IO)]
    assert any(RESULT in content for content in results)


@pytest.mark.parametrize("name", FORMATS)
def test_promises_of_a_transcript_hold(name):
    """Ids are unique, parents and causes stand before, and the graph can be built and rendered."""
    check_transcript(only(SAMPLES[name]))


@pytest.mark.parametrize("name", FORMATS)
def test_rendered_messages_are_valid(name):
    """Both providers would accept the conversation."""
    graph = build(only(SAMPLES[name]))
    check_openai(render(graph))
    check_openai_arguments(render(graph))
    check_anthropic(render(graph, "anthropic"))


@pytest.mark.parametrize("name", FORMATS)
def test_every_form_of_a_source_reads_alike(name):
    """Parsed or as bytes, the graph is the same, ids included."""
    parsed, written = build(only(SAMPLES[name])), build(only(bytes_of(SAMPLES[name])))
    assert graph_bytes(parsed) == graph_bytes(written)


@pytest.mark.parametrize("name", GROWING)
def test_a_transcript_that_grows_keeps_its_ids(name):
    """Each beginning of the rows gives a beginning of the messages."""
    sample = SAMPLES[name]
    whole = ids_of(sample, name)
    starts = [ids_of(sample[:end], name) for end in range(1, len(sample))]
    assert any(starts) or len(sample) == 1
    assert all(start == whole[: len(start)] for start in starts)


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in WITHOUT_USAGE])
def test_token_figures_stay_with_an_assistants_message(name):
    """They are the provider's own, for calibration."""
    figures = [m.metadata["usage"] for m in only(SAMPLES[name]).messages if "usage" in m.metadata]
    assert figures
    assert all(isinstance(figure, dict) and figure for figure in figures)


@pytest.mark.parametrize("name", FORMATS)
def test_a_reader_asked_for_by_name_refuses_other_formats_in_words(name):
    """Reading a number as a transcript is answered with a TranscriptError, whichever reader is asked."""
    with pytest.raises(ValueError, match=r"\w"):
        list(read_all([{"answer": 42}], format=name))


def test_reading_the_only_session_needs_no_name():
    """A results file with one run in it reads as a conversation."""
    assert read(SAMPLES["tau-bench"]).session_id == "1/0"
