"""The command line as a stranger uses it: in a process of its own."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from context_core import build, read, render, window

REFERENCE = re.compile(r"expand (\d{9}\.\d{6,})")


@pytest.fixture
def ctx(tmp_path):
    """Run `ctx` in an empty folder with a data folder of its own."""

    def run(*arguments, code=0, stdin=None):
        command = [sys.executable, "-c", "from context_suite.cli import main; main()", *map(str, arguments)]
        env = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), "COLUMNS": "120", "NO_COLOR": "1"}
        done = subprocess.run(command, cwd=tmp_path, env=env, input=stdin, capture_output=True, text=True, timeout=120)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.fixture
def chat(tmp_path):
    """A chat with long results, as a file."""
    messages = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "read all the pages"}]
    for number in range(12):
        call = {
            "id": f"c{number}",
            "type": "function",
            "function": {"name": "read", "arguments": f'{{"page":{number}}}'},
        }
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"c{number}", "content": f"page {number}\n" + "words\n" * 400})
    messages.append({"role": "assistant", "content": "all is read"})
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(messages))
    return path


def test_the_demo_does_the_main_job(ctx):
    """It compresses the recorded session to its target, restores it, and says that the bytes are the same."""
    told = json.loads(ctx("demo", "--json").stdout)
    assert told["share"] <= 0.4
    assert told["same_bytes"] is True
    assert told["causes"]
    shown = ctx("demo").stdout
    assert "the same bytes as before" in shown
    assert "Why did this happen?" in shown
    assert len(shown.splitlines()) < 50


def test_the_recorded_session_is_what_it_says(ctx):
    """60 to 120 messages, 25,000 tokens or more, and they render as they were recorded."""
    from importlib.resources import files

    recording = files("context_suite").joinpath("recorded_session.json").read_bytes()
    messages = json.loads(recording)
    graph = build(read(recording))
    assert 60 <= len(messages) <= 120
    assert graph.total_tokens >= 25_000
    assert render(graph) == messages


def test_compress_restore_and_why_need_nothing_but_the_reference(ctx, chat, tmp_path):
    """The whole way, over processes: small file, one original back, all back, and the cause."""
    told = json.loads(ctx("compress", chat, "--budget", "30%", "-o", "small.json", "--json").stdout)
    assert told["within_target"]
    assert told["tokens_after"] <= 0.3 * told["tokens_before"]
    small = (tmp_path / "small.json").read_text()
    assert window(build(read(small))).tokens <= told["target_tokens"]
    reference = REFERENCE.search(small)[1]
    assert "words\n" * 400 in ctx("restore", reference).stdout
    told = json.loads(ctx("restore", reference, "--json").stdout)
    assert told["content"].endswith("words\n" * 400)
    ctx("restore", "--all", "-o", "back.json")
    assert json.loads((tmp_path / "back.json").read_text()) == json.loads(chat.read_text())
    assert "read all the pages" in ctx("why", reference).stdout
    why = json.loads(ctx("why", reference, "--json").stdout)
    assert not any("[cut from" in cause["content"] for cause in why["causes"])
    assert why["causes"][0]["evidence"] == {"reason": "instructed"}


def test_a_budget_in_tokens(ctx, chat):
    """A number is a number of tokens; a session that fits is left alone."""
    assert json.loads(ctx("compress", chat, "--budget", "2000", "--json").stdout)["tokens_after"] <= 2_000
    assert json.loads(ctx("compress", chat, "--budget", "60000", "--json").stdout)["outcomes"] == []


def test_compressing_again_means_the_same(ctx, chat, tmp_path):
    """However often and to whatever budget, the answer is that of the first time; older references still open."""
    first = json.loads(ctx("compress", chat, "--budget", "50%", "-o", "half.json", "--json").stdout)
    ctx("compress", chat, "--budget", "15%", "-o", "small.json")
    again = json.loads(ctx("compress", chat, "--budget", "50%", "-o", "again.json", "--json").stdout)
    assert again == {**first, "output": "again.json"}
    assert (tmp_path / "again.json").read_text() == (tmp_path / "half.json").read_text()
    for name in ("half.json", "small.json"):
        assert "words" in ctx("restore", REFERENCE.search((tmp_path / name).read_text())[1]).stdout


def test_a_dry_run_stores_nothing(ctx, chat, tmp_path):
    """It shows the plan; no file, no store."""
    shown = ctx("compress", chat, "--budget", "30%", "-o", "small.json", "--dry-run").stdout
    assert "a dry run" in shown
    assert not (tmp_path / "small.json").exists()
    assert not (tmp_path / "data").exists()


def test_a_store_of_ones_own(ctx, chat, tmp_path):
    """A path or a URL names the store; another store does not know the reference."""
    ctx("compress", chat, "--budget", "30%", "-o", "small.json", "--store", "own.db")
    reference = REFERENCE.search((tmp_path / "small.json").read_text())[1]
    assert "words" in ctx("restore", reference, "--store", f"sqlite:///{tmp_path}/own.db").stdout
    assert "no session in this store has it" in ctx("restore", reference, code=2).stderr


def test_render_and_standard_input(ctx, chat):
    """A window is written in the form that was asked for, from a file or from a pipe."""
    assert json.loads(ctx("render", chat).stdout) == json.loads(chat.read_text())
    body = json.loads(ctx("render", "-", "--to", "anthropic", stdin=chat.read_text()).stdout)
    assert body["system"] == "be brief"
    assert body["messages"][1]["content"][0]["type"] == "tool_use"


def test_stats_tell_what_a_file_holds(ctx, chat):
    """Nodes, edges and tokens, for people and for programs; its references work with --file."""
    told = json.loads(ctx("stats", chat, "--json").stdout)
    assert told["nodes"] == {"message": 3, "tool_call": 12, "tool_result": 12}
    assert told["window_tokens"] == told["total_tokens"] == build(read(chat)).total_tokens
    shown = ctx("stats", chat).stdout
    assert "openai-chat, 27 messages" in shown
    reference = re.search(r"\d{9}\.\d{6,}", shown)[0]
    assert "read all the pages" in ctx("why", reference, "--file", chat).stdout


def test_results_go_to_stdout_and_the_rest_to_stderr(ctx, chat):
    """With -o - only the messages are on stdout, so they can be piped on."""
    done = ctx("compress", chat, "--budget", "30%", "-o", "-")
    assert isinstance(json.loads(done.stdout), list)
    assert "tokens" in done.stderr


def test_help_names_the_commands(ctx):
    """Without arguments the commands are told."""
    shown = ctx("--help").stdout
    assert all(name in shown for name in ("demo", "stats", "compress", "restore", "why", "render"))


def test_find_tells_who_mentions_a_thing_and_who_wrote_it(ctx, tmp_path):
    """Under any of its names, in order, with the words around; in a file and in a store alike."""
    write = {"id": "c1", "type": "function", "function": {"name": "Write", "arguments": ""}}
    write["function"]["arguments"] = json.dumps({"file_path": "/repo/src/io_util.py", "content": "x = 1\n" * 900})
    messages = [
        {"role": "user", "content": "please write src/io_util.py"},
        {"role": "assistant", "content": None, "tool_calls": [write]},
        {"role": "tool", "tool_call_id": "c1", "content": "wrote io_util.py: 900 lines\n" + "ok line\n" * 900},
        {"role": "assistant", "content": "done"},
    ]
    path = tmp_path / "session.json"
    path.write_text(json.dumps(messages))
    ctx("compress", path, "--budget", "60%", "-o", tmp_path / "out.json")
    for place in (("--file", path), ()):
        lines = ctx("find", "src/io_util.py", *place).stdout.splitlines()
        assert lines[0].startswith("src/io_util.py  path, in 3 parts; also ")
        assert [line.split()[1] for line in lines[1:4]] == ["user", "call", "result"]
        assert "version 1 of /repo/src/io_util.py: write" in lines[4]
    told = json.loads(ctx("find", "io_util.py", "--file", path, "--json").stdout)
    assert [mention["role"] for mention in told["mentions"]] == ["user", "assistant", "tool"]
    assert ctx("find", "nothing.py", "--file", path).stdout == "nothing.py  path, in 0 parts\n"


def test_patterns_tell_what_could_be_done_better(ctx, tmp_path):
    """A loop is told with its cost, what to do, and where; as JSON with all its nodes."""
    call = {"type": "function", "function": {"name": "ls", "arguments": "{}"}}
    messages = [{"role": "user", "content": "go"}]
    for number in range(4):
        messages.append({"role": "assistant", "content": None, "tool_calls": [{"id": f"c{number}", **call}]})
        messages.append({"role": "tool", "tool_call_id": f"c{number}", "content": "nothing"})
    (tmp_path / "loop.json").write_text(json.dumps(messages))
    shown = ctx("patterns", "loop.json").stdout
    assert shown.startswith("stuck ×4")
    assert "the same 4 times over" in shown
    assert " and 5 more" in shown
    [found] = json.loads(ctx("patterns", "loop.json", "--json").stdout)["patterns"]
    assert (found["kind"], found["tools"], len(found["references"])) == ("stuck", ["ls"], 8)
    (tmp_path / "one.json").write_text(json.dumps(messages[:3]))
    assert ctx("patterns", "one.json").stdout.startswith("no pattern")


def test_search_tells_what_answers_and_why(ctx, chat):
    """The best part first, with the words around; in a file and in a store alike."""
    ctx("compress", chat, "--budget", "60%", "-o", "out.json")
    for place in (("--file", chat), ()):
        hits = json.loads(ctx("search", "be brief", *place, "--json").stdout)["hits"]
        assert hits[0]["content"] == "be brief"
        assert ctx("search", "be brief", *place).stdout.splitlines()[1].lstrip().startswith("└ no. 1 by words")


def test_one_session_of_a_file_with_several(ctx, tmp_path):
    """It is chosen behind the file's name, by number or id; without a choice the error says how."""
    runs = [{"task_id": n, "traj": [{"role": "user", "content": f"task {n}"}], "reward": 1.0} for n in (7, 8)]
    path = tmp_path / "runs.json"
    path.write_text(json.dumps(runs))
    assert json.loads(ctx("render", f"{path}#1", "--to", "openai").stdout) == [{"role": "user", "content": "task 8"}]
    said = ctx("stats", path, code=2).stderr
    assert "holds 2 sessions" in said
    assert "FILE#0" in said
    assert "9" in ctx("stats", f"{path}#9", code=2).stderr


class TestRestoreSome:
    """What compression took out about a thing, or some lines of it."""

    @pytest.fixture
    def reference(self, ctx, tmp_path):
        """A session with one reading of each of twelve files is compressed; the reference of the first comes back."""
        messages = [{"role": "user", "content": "read all the files"}]
        for number in range(12):
            function = {"name": "read", "arguments": json.dumps({"path": f"src/part_{number}.py"})}
            call = {"id": f"c{number}", "type": "function", "function": function}
            text = f"# part_{number}.py\nimport helper_{number % 3}\n" + f"value_{number} = 1\n" * 300
            messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
            messages.append({"role": "tool", "tool_call_id": f"c{number}", "content": text})
        (tmp_path / "files.json").write_text(json.dumps([*messages, {"role": "assistant", "content": "all is read"}]))
        ctx("compress", "files.json", "--budget", "30%", "--max-tier", "lossless", "-o", "small.json")
        return REFERENCE.search((tmp_path / "small.json").read_text())[1]

    def test_lines_of_a_reference(self, ctx, reference):
        """A range, or one line, to standard output, to a file, and as JSON."""
        assert ctx("restore", reference, "--lines", "1-2").stdout == "# part_0.py\nimport helper_0\n"
        assert ctx("restore", reference, "--lines", "2").stdout == "import helper_0\n"
        assert ctx("restore", reference, "--lines", "301-9999").stdout == "value_0 = 1\n" * 2
        assert json.loads(ctx("restore", reference, "--lines", "1", "--json").stdout)["content"] == "# part_0.py\n"

    def test_all_that_says_a_name(self, ctx, reference, tmp_path):
        """Each original under its reference and what it is, in the order of time."""
        shown = ctx("restore", "--entity", "helper_0").stdout
        assert shown.startswith(f"[{reference} result]\n# part_0.py\nimport helper_0\n")
        assert re.findall(r"^# (part_\d+)", shown, re.MULTILINE) == ["part_0", "part_3", "part_6", "part_9"]
        told = json.loads(ctx("restore", "--entity", "src/part_4.py", "--json").stdout)
        assert told["entity"] == "src/part_4.py"
        assert ["value_4 = 1" in part["content"] for part in told["found"]].count(True) == 1
        ctx("restore", "--entity", "helper_0", "--max", "1", "-o", "one.txt")
        assert (tmp_path / "one.txt").read_text().count("# part_") == 1
        assert ctx("restore", "--entity", "nowhere.py").stdout == ""

    def test_what_answers_a_query(self, ctx, reference):
        """The best first, five unless told otherwise."""
        found = json.loads(ctx("restore", "--query", "where is value_7 set?", "--json").stdout)["found"]
        assert "value_7 = 1" in found[0]["content"]
        assert len(json.loads(ctx("restore", "--query", "import", "--json").stdout)["found"]) == 5
        assert len(json.loads(ctx("restore", "--query", "import", "--max", "7", "--json").stdout)["found"]) == 7
        assert "has it" in ctx("restore", "--query", "submarine").stderr

    def test_mistakes(self, ctx, reference):
        """Each says what was got and what was expected."""
        told = TestMistakes.told
        for lines in ("x", "3-x", "-", ""):
            assert "expected a range such as 10-20" in told(ctx("restore", reference, f"--lines={lines}", code=2))
        for lines in ("0-1", "5-2", "999"):
            assert "of a text that has 302; expected 1 <= first" in told(
                ctx("restore", reference, "--lines", lines, code=2)
            )
        assert "--lines without a REF" in told(ctx("restore", "--all", "--lines", "1-2", code=2))
        assert "just one of them" in told(ctx("restore", reference, "--entity", "x", code=2))
        assert "just one of them" in told(ctx("restore", "--query", "x", "--all", code=2))


class TestMistakes:
    """Each is one line on stderr and exit code 2."""

    @staticmethod
    def told(done):
        [line] = done.stderr.strip().splitlines()
        assert line.startswith("ctx: ")
        assert done.stdout == ""
        return line

    def test_no_such_file(self, ctx):
        """The path is named."""
        assert "nowhere.json: No such file" in self.told(ctx("stats", "nowhere.json", code=2))

    def test_damaged_files(self, ctx, tmp_path):
        """File and line are named, with the way on."""
        (tmp_path / "bad.jsonl").write_text('{"role": "user", "content": "hi"}\n{"role": "us\n')
        line = self.told(ctx("stats", "bad.jsonl", code=2))
        assert "bad.jsonl:2: is not valid JSON" in line
        assert "give --on-error skip" in line
        assert "line 2" in ctx("stats", "bad.jsonl", "--on-error", "skip").stdout
        assert ctx("patterns", "bad.jsonl", "--on-error", "skip").stdout.startswith("no pattern")
        for command in ("find", "search"):
            assert "hi" in ctx(command, "hi", "--file", "bad.jsonl", "--on-error", "skip").stdout
        assert "unknown reference" in self.told(ctx("why", "x", "--file", "bad.jsonl", "--on-error", "skip", code=2))
        (tmp_path / "empty.json").write_text("")
        assert "is empty" in self.told(ctx("compress", "empty.json", code=2))
        (tmp_path / "binary").write_bytes(b"\x00\x01")
        assert "looks binary" in self.told(ctx("render", "binary", code=2))

    @pytest.mark.parametrize("budget", ["lots", "0", "-5%", "%", "nan%", "inf%", "1e999%"])
    def test_a_budget_that_is_none(self, ctx, chat, budget):
        """What was got and what was expected."""
        assert "expected tokens such as 60000" in self.told(ctx("compress", chat, f"--budget={budget}", code=2))

    def test_a_budget_that_what_must_stay_exceeds(self, ctx, chat):
        """Both numbers are told."""
        assert "the target is 10 tokens, but" in self.told(ctx("compress", chat, "--budget", "10", code=2))

    def test_a_form_or_a_tier_that_is_none(self, ctx, chat):
        """The known ones are listed; nothing is stored under a wrong one."""
        assert "expected one of anthropic, openai" in self.told(ctx("render", chat, "--to", "gemini", code=2))
        assert "expected one of anthropic, openai" in self.told(ctx("compress", chat, "--to", "gemini", code=2))
        assert "lossless, compaction" in self.told(ctx("compress", chat, "--max-tier", "extreme", code=2))

    def test_arguments_that_do_not_go_together(self, ctx):
        """A reference or all, and an unknown option."""
        assert "expected a REF, or --all" in self.told(ctx("restore", code=2))
        assert "no-such-option" in self.told(ctx("stats", "x", "--no-such-option", code=2)).lower()
        assert "no session" in self.told(ctx("restore", "--all", code=2))
        assert "no session" in self.told(ctx("restore", "--all", "--session", "nope", code=2))

    def test_a_place_that_cannot_be_written(self, ctx, chat, tmp_path):
        """A folder that is not there is named; a store that is no store, too."""
        assert "nowhere" in self.told(ctx("render", chat, "-o", "nowhere/out.json", code=2))
        (tmp_path / "no.db").write_text("this is a text and no database, however long it may be " * 40)
        assert "no.db" in self.told(ctx("compress", chat, "--store", "no.db", code=2))
        assert "expected" in self.told(ctx("compress", chat, "--store", "mongodb://user:secret@host/db", code=2))
        assert "secret" not in ctx("compress", chat, "--store", "mongodb://user:secret@host/db", code=2).stderr


def test_a_person_can_read_a_session(ctx, chat, tmp_path):
    """As Markdown on standard output, and as a prompt of events in a file; a library's objects have no file."""
    assert ctx("render", chat, "--to", "markdown").stdout.startswith("# Session ")
    ctx("render", chat, "--to", "xml", "-o", "prompt.xml")
    assert (tmp_path / "prompt.xml").read_text().startswith("<system_message>\nbe brief\n</system_message>\n")
    told = ctx("render", chat, "--to", "langchain", code=2).stderr
    assert "expected one of anthropic, openai, openai-responses, markdown, xml" in told


def test_items_are_written_as_items(ctx, tmp_path):
    """With the instructions beside them, and the file reads back."""
    body = {"model": "m", "instructions": "be brief", "input": [{"type": "message", "role": "user", "content": "hi"}]}
    (tmp_path / "body.json").write_text(json.dumps(body))
    ctx("render", "body.json", "-o", "again.json")
    again = json.loads((tmp_path / "again.json").read_text())
    assert again == {"instructions": "be brief", "input": body["input"]}
    assert ctx("render", "again.json").stdout == (tmp_path / "again.json").read_text()


class TestStore:
    """What is stored is listed, verified, expired, purged and collected."""

    def test_a_life(self, ctx, chat, tmp_path):
        """A compressed session is listed and sound; expired it is told so, and purged it is gone."""
        assert "no session is stored" in ctx("store", "list").stdout
        ctx("compress", chat, "--budget", "50%")
        [session] = json.loads(ctx("store", "list", "--json").stdout)["sessions"]
        assert session["kind"] == "openai-chat"
        assert session["version"] == 2
        name = session["session_id"]
        assert name in ctx("store", "list").stdout
        assert "all is as it was written" in ctx("store", "verify").stdout
        assert "0 contents" in ctx("store", "gc").stdout
        assert "1 sessions would go" in ctx("store", "expire", "--keep", "0", "--dry-run").stdout
        assert "0 sessions went" in ctx("store", "expire", "--older-than", "1").stdout
        reference = REFERENCE.search(ctx("compress", chat, "--budget", "50%", "-o", "-").stdout)[1]
        assert "1 sessions went" in ctx("store", "expire", "--keep", "0").stdout
        assert "which has expired" in ctx("restore", reference, code=2).stderr
        assert "no session in this store" in ctx("restore", "123456789.123456", code=2).stderr
        assert "expired at" in ctx("restore", "--all", "--session", name, code=2).stderr
        ctx("compress", chat, "--budget", "50%")
        assert json.loads(ctx("store", "purge", name, "--json").stdout)["contents"] > 0
        assert "no session" in ctx("store", "purge", name, code=2).stderr

    def test_a_fault(self, ctx, chat, tmp_path):
        """A flipped bit is named, and the exit code says so."""
        store = tmp_path / "mine.db"
        ctx("compress", chat, "--budget", "50%", "--store", store)
        with closing(sqlite3.connect(store)) as connection, connection:
            connection.execute("UPDATE contents SET data = x'00', coder = NULL WHERE key = 1")
        done = ctx("store", "verify", "--store", store, code=1)
        assert done.stdout.startswith("content ")
        assert "1 faults" in done.stdout

    def test_no_bound(self, ctx):
        """Expiring without a bound is a mistake that says which there are."""
        assert "--older-than DAYS" in ctx("store", "expire", code=2).stderr
