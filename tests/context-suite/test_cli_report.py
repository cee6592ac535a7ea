"""`ctx report` as a stranger uses it: in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest


@pytest.fixture
def ctx(tmp_path):
    """Run `ctx` in an empty folder with a data folder of its own."""

    def run(*arguments, code=0):
        command = [sys.executable, "-c", "from context_suite.cli import main; main()", *map(str, arguments)]
        env = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), "COLUMNS": "120", "NO_COLOR": "1"}
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.fixture
def chat(tmp_path):
    """A chat with one long result, as a file."""
    call = {"id": "c", "type": "function", "function": {"name": "read", "arguments": '{"page": 1}'}}
    messages = [
        {"role": "user", "content": "read the page"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "\n".join(f"words of line {n}" for n in range(400))},
        *({"role": "user" if n % 2 else "assistant", "content": f"and so on, {n}"} for n in range(12)),
    ]
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(messages))
    return path


def test_a_report_on_a_file_says_where_it_is(ctx, chat, tmp_path):
    """The page is written whole, and the line that is told opens it."""
    told = ctx("report", chat, "-o", "page.html").stdout
    url = next(word for word in told.split() if word.startswith("file:"))
    assert Path(unquote(urlsplit(url).path)) == tmp_path / "page.html"
    assert "read the page" in (tmp_path / "page.html").read_text()


def test_a_report_on_a_stored_session_tells_what_was_elided(ctx, chat, tmp_path):
    """The page on the last session, compressed in another process, names the commands; JSON tells its size."""
    ctx("compress", chat, "--budget", "30%")
    told = json.loads(ctx("report", "--json").stdout)
    html = (tmp_path / "report.html").read_text()
    assert told["bytes"] == (tmp_path / "report.html").stat().st_size
    assert told["output"] == str(tmp_path / "report.html")
    assert '<pre class="copy">ctx restore ' in html
    assert "words of line 200" not in html
    ctx("report", "--content", "--session", told["session_id"], "-o", "full.html")
    assert "words of line 200" in (tmp_path / "full.html").read_text()


def test_a_report_goes_to_stdout(ctx, chat):
    """With -o - the page alone is printed."""
    assert ctx("report", chat, "-o", "-").stdout.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--node", "nothing"), "nothing"),
        (("--session", "s"), "one of them"),
        (("--content",), "--session"),
        (("--budget", "none"), "--budget"),
    ],
)
def test_mistakes_are_one_line(ctx, chat, arguments, told):
    """What cannot be done is told in a line, and no page is written."""
    done = ctx("report", chat, *arguments, code=2)
    assert told in done.stderr
    assert not chat.with_name("report.html").exists()
