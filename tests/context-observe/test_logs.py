import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import (
    ContextGraph,
    MemoryContentStore,
    PromptRendered,
    Saving,
    SummaryFailed,
    UnknownReferenceError,
    WindowCompressed,
    build,
    emit,
    expand,
    listen,
    read,
    search,
)
from context_core.manifest import Manifest
from context_observe import JsonFormatter, LogSink, masked, masked_value
from context_observe.conventions import CAPTURE_CONTENT_VARIABLE
from context_observe.mask import MASK

WORDS = "what was said"


@pytest.fixture
def log(monkeypatch):
    """A logger that writes JSON into a buffer; `lines` returns what it wrote."""
    monkeypatch.delenv(CAPTURE_CONTENT_VARIABLE, raising=False)
    logger = logging.Logger("test", logging.DEBUG)
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(JsonFormatter())
    logger.addHandler(handler)
    logger.lines = lambda: [json.loads(line) for line in handler.stream.getvalue().splitlines()]
    return logger


def test_each_event_is_a_line(log):
    """What happened, in which session, with its figures."""
    with listen(LogSink(log)):
        build(read([{"role": "user", "content": WORDS}]), session_id="s")
        emit(WindowCompressed("s", 900, 300, 400, (Saving("externalize", "lossless", 2, 600),)))
    by_name = {(line["event"], line.get("operation")): line for line in log.lines()}
    built, extended = by_name["operation_ended", "build"], by_name["graph_extended", None]
    assert (built["level"], extended["level"]) == ("debug", "info")
    assert built["nodes"] == extended["nodes"] == 1
    assert extended["session_id"] == "s"
    compressed = by_name["window_compressed", None]
    assert compressed["savings"] == [{"strategy": "externalize", "tier": "lossless", "nodes": 2, "tokens_saved": 600}]
    assert compressed["message"].startswith("window_compressed session_id=s tokens_before=900")


def test_content_is_off_by_default(log):
    """Neither queries nor the words of errors are written; which error it was is, as a warning."""
    with listen(LogSink(log)):
        search(ContextGraph("s"), WORDS)
        emit(SummaryFailed("s", "Model", f"RuntimeError({WORDS!r})"))
        with pytest.raises(UnknownReferenceError):
            expand(Manifest("s"), MemoryContentStore(), WORDS)
    assert WORDS not in str(log.lines())
    lost = log.lines()[-1]
    assert (lost["level"], lost["error"]) == ("warning", "UnknownReferenceError")


def test_content_on_request(log, monkeypatch):
    """With the environment's word for it, or the caller's, what was said is written, secrets masked."""
    monkeypatch.setenv(CAPTURE_CONTENT_VARIABLE, "true")
    with listen(LogSink(log)):
        search(ContextGraph("s"), f"{WORDS} password=hunter22")
    assert log.lines()[-1]["query"] == f"{WORDS} password={MASK}"


def test_a_level_that_is_off_costs_nothing(log):
    """What the logger would drop is not made."""
    log.setLevel(logging.INFO)
    with listen(LogSink(log)):
        build(read([{"role": "user", "content": WORDS}]))
    assert [line["event"] for line in log.lines()] == ["graph_extended"]


def test_exceptions_of_others_are_masked(log):
    """A formatter masks whatever is logged through it."""
    try:
        raise RuntimeError("postgresql://ann:pa55@host refused")
    except RuntimeError:
        log.exception("sending with Authorization: Bearer abcdef123456789")
    [line] = log.lines()
    assert "pa55" not in str(line)
    assert "abcdef123456789" not in str(line)
    assert "host refused" in line["exception"]


SECRETS = {
    "sk-proj-aB3dE5gH7jK9mN1pQ3sT5vX7": "key is {}",
    "sk-ant-api03-aB3dE5gH7jK9mN1pQ3sT": "{} is the key",
    "ghp_aB3dE5gH7jK9mN1pQ3sT5vX7zA2c": "cloned with {}.",
    "AKIAIOSFODNN7EXAMPLE": "[{}]",
    "xoxb-1234567890-abcdefghij": "slack {}",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N": "jwt={}",
    "correct-horse-battery": "password: {}",
    "hunter2": '{{"api_key": "{}"}}',
    "p@ss w0rd": "export DB_PASSWORD='{}'",
    "tiger": "postgresql+psycopg://scott:{}@db:5432/orders",
    "s3cr3t": "https://x.test/?user=1&access_token={}&page=2",
    "c2NvdHQ6dGlnZXI=": "Authorization: Basic {}",
    "0a1b2c3d4e5f6a7b": "curl -H 'authorization: Bearer {}'",
    "swordfish": "deploy --password {} --force",
    "two words": "deploy --password '{}' --force",
    "hunter3": 'run ["--db-password", "{}", "--force"]',
    "sw0rdf1sh": "PGPASSWORD={} psql",
    "p@ss:w/rd": "postgresql://ann:{}@db.test/orders?sslmode=require",
    "a,b;c&d": "A=1\nDB_PASSWORD={}\nB=2",
    "camel": '{{"accessToken": "{}", "expiresIn": 3600}}',
    "inside": 'arguments={{\\"userPassword\\": \\"{}\\", \\"user\\": \\"ann\\"}}',
    "Eby8vdM02xNOcq==": "AccountName=a;AccountKey={};EndpointSuffix=core",
    "insecure-0": "SECRET_KEY = '{}'",
    "sid=1; csrf=2": "Cookie: {}",
    "of kubernetes": '{{"name": "DB_PASSWORD", "value": "{}"}}',
    "opensesame": "<password>{}</password>",
    "let me in": ':password => "{}"',
    "ann-pw": "curl -u ann:{} https://x.test",
    "deadbeef0123": "GET /blob?X-Amz-Signature={}&x=1",
}


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_of_every_kind(secret):
    """What looks like one, by its form or by the name beside it, is masked, and what surrounds it stays."""
    text = SECRETS[secret].format(secret)
    found = masked(text)
    assert secret not in found
    assert MASK in found
    before, _, after = SECRETS[secret].replace("{{", "{").replace("}}", "}").partition("{}")
    assert found.startswith(before)
    assert found.endswith(after)


@pytest.mark.parametrize(
    "piece",
    ["token_", "api_", "-token", "a-", "sk-", "a://b:", "eyJ-", "password" + " " * 90, 'password="', "-----BEGIN A"],
)
def test_a_hostile_text_is_no_burden(piece):
    """Half a megabyte of what begins as a secret does is read in a moment; were it not, this would run for hours."""
    text = piece * (500_000 // len(piece))
    assert len(masked(text)) <= len(text) + len(MASK)


def test_values_by_name():
    """A telling name hides a text, a figure, a list, and all that is in an object; counts of tokens stay."""
    given = {
        "dbPassword": 1234,
        "secret": {"a": "x", "b": ["y", None]},
        "env": [{"name": "API_KEY", "value": "z"}, {"name": "HOME", "value": "/root"}],
        "tokens": 3,
        "token": 4,
    }
    assert masked_value(given) == {
        "dbPassword": MASK,
        "secret": {"a": MASK, "b": [MASK, None]},
        "env": [{"name": "API_KEY", "value": MASK}, {"name": "HOME", "value": "/root"}],
        "tokens": 3,
        "token": 4,
    }


def test_an_event_takes_no_field_of_the_line(log):
    """The level of a budget is not taken for the level of the record."""
    with listen(LogSink(log)):
        emit(PromptRendered("s", 90, 100, "critical"))
    [line] = log.lines()
    assert (line["level"], line["context.level"]) == ("info", "critical")


def test_records_of_others(log):
    """Another's extra of the same name, a lone surrogate and a number that JSON has not are written all the same."""
    log.info("one", extra={"context": "password=abc"})
    log.info("lone \ud800", extra={"context": {"n": float("nan"), "key": "password=abc"}})
    one, other = log.lines()
    assert one["message"] == "one"
    assert (other["message"], other["n"]) == ("lone \ud800", "nan")
    assert "abc" not in str([one, other])


def test_a_record_is_one_line():
    """What a session is called cannot end a line and begin another."""
    logger, stream = logging.Logger("test", logging.INFO), io.StringIO()
    logger.addHandler(logging.StreamHandler(stream))
    with listen(LogSink(logger)):
        emit(PromptRendered("s\nCRITICAL all is lost\u2028", 90, 100, "critical"))
    assert len(stream.getvalue().splitlines()) == 1


def test_a_private_key():
    """All of it goes, also where its end is missing."""
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"
    assert masked(f"a {key} b") == f"a {MASK} b"
    assert masked(key[:50]) == MASK


@pytest.mark.parametrize(
    "text",
    [
        "tokens=500 max_tokens=4096 prompt_tokens: 12",
        "the token classifier has a basic understanding of passwords",
        "commit 6d540ae1f0c9 in src/auth/password_reset.py line 12",
        "https://example.test/a/b?page=2#part",
        "task-runner and risk-assessment-of-the-whole-thing",
        "session_id=0f8fad5b-d9cb-469f-a165-70867728950e",
        "token: null, password = None, input_token: 12, token_count=7",
        "http://127.0.0.1:8080/a?mail=ann@x.test and ssh://git@host.test/repo",
        "docker run -u 1000:1000 image; tokenizer: o200k; author: ann",
    ],
)
def test_what_is_no_secret_stays(text):
    """Figures, paths, ids and plain words are not touched."""
    assert masked(text) == text


@given(st.text())
def test_masking_twice_changes_nothing_more(text):
    """Whatever the text, what is masked stays as it is."""
    assert masked(masked(text)) == masked(text)


@given(st.text(alphabet="abcXYZ019", min_size=6), st.text(max_size=20), st.text(max_size=20))
def test_a_value_under_a_telling_name_is_never_seen(secret, before, after):
    """Anything that stands as a whole value under such a name goes, in any structure."""
    value = {"a": [{"password": secret}, {"x-api-key": secret}], "b": before + after}
    found = masked_value(value)
    assert found["a"] == [{"password": MASK}, {"x-api-key": MASK}]
