"""Reading message by message, several sessions of one source, and readers of other packages."""

import io
import json
from importlib.metadata import EntryPoint, EntryPoints
from types import SimpleNamespace

import pytest

from context_core import Message, Part, TranscriptError, read, read_all, stream
from context_core.readers import plugins
from context_core.testing.samples import SAMPLES

USER = {"role": "user", "content": "hi"}


def lines(*rows):
    return "\n".join(json.dumps(row) for row in rows)


def body(text, **fields):
    return {"messages": [{"role": "user", "content": text}], **fields}


class TestStream:
    def test_a_stream_gives_what_reading_gives(self):
        """The same messages, and what is learned on the way."""
        source = lines(*SAMPLES["claude-code"])
        messages = stream(source)
        assert (messages.format, messages.session_id) == ("claude-code", None)
        assert tuple(messages) == read(source).messages
        assert messages.session_id == "s"

    def test_rows_are_read_as_they_are_asked_for(self):
        """The first message comes before the file was read to its end."""
        chunks = [lines(USER, USER) + "\n"] * 3_000
        file = SimpleNamespace(asked=0)

        def read_chunk(size):
            file.asked += 1
            return chunks[file.asked - 1] if file.asked <= len(chunks) else ""

        messages = stream(SimpleNamespace(read=read_chunk, name="pipe"))
        assert next(messages).parts[0].content == "hi"
        assert file.asked < 100
        assert sum(1 for _ in messages) == 2 * len(chunks) - 1

    def test_an_open_file_stays_open_and_is_read_from_where_it_stands(self, tmp_path):
        """It belongs to whoever opened it."""
        path = tmp_path / "log.jsonl"
        path.write_text("garbage\n" + lines(USER, USER))
        with path.open("rb") as file:
            file.readline()
            assert len(read(file).messages) == 2
            assert not file.closed

    def test_a_stream_closes_the_file_that_it_opened(self, tmp_path):
        """At its end, on an error, and where one stops before."""
        path = tmp_path / "log.jsonl"
        path.write_text(lines(USER, USER))
        with stream(path) as messages:
            next(messages)
        with pytest.raises(ValueError, match="closed"):
            messages._file.read()

    def test_a_source_without_messages_says_so_at_its_end(self):
        """A log of housekeeping alone is no conversation."""
        with pytest.raises(TranscriptError, match="holds no message; it was read as gemini-cli"):
            list(stream({"sessionId": "s", "projectHash": "h", "messages": []}))

    def test_a_file_without_a_seek_is_read(self):
        """Pipes and sockets cannot go back."""

        class Pipe(io.RawIOBase):
            data = io.BytesIO(lines(USER, USER).encode())

            def read(self, size=-1):
                return self.data.read(size)

        assert len(read(Pipe()).messages) == 2


class TestSessions:
    def test_several_sessions_are_all_read(self):
        """Each body of a file of bodies is a conversation with an id of its own."""
        source = lines(body("one", session_id="a"), body("two", session_id="a"), body("three"))
        found = [(t.session_id, t.messages[0].parts[0].content) for t in read_all(source)]
        assert found == [("a", "one"), ("a~2", "two"), ("2", "three")]

    def test_one_is_chosen_by_name_or_number(self):
        """The number counts from zero."""
        source = [body("one", session_id="a"), body("two", session_id="b")]
        assert read(source, session="b").messages[0].parts[0].content == "two"
        assert read(source, session=0).messages[0].parts[0].content == "one"

    @pytest.mark.parametrize(("session", "told"), [(None, "choose one by its id"), ("c", "none is session='c'")])
    def test_an_open_choice_is_told(self, session, told):
        """The error counts the sessions, names the first, and says how to choose."""
        with pytest.raises(TranscriptError, match=rf"holds 7 sessions \('0', '1', '2', '3', '4', …\).*{told}"):
            read([body(str(number)) for number in range(7)], session=session)

    def test_a_format_of_one_session_takes_none_or_the_first(self):
        """Asking for another is a mistake."""
        assert read(SAMPLES["pi"], session=0).session_id == "s"
        with pytest.raises(TranscriptError, match="holds one session"):
            read(SAMPLES["pi"], session="other")

    def test_a_session_without_messages_is_noted(self):
        """It is passed over, and nothing is swallowed."""
        found = list(read_all([body("one"), {"messages": []}, body("two"), {"messages": []}]))
        assert [t.session_id for t in found] == ["0", "2"]
        assert [["session 1" in p.message for p in found[0].problems], [p.line for p in found[1].problems]] == [
            [True],
            [1],
        ]

    def test_sessions_are_read_lazily(self):
        """The first is there before a later, damaged one is looked at."""
        found = read_all(lines(body("one"), body("two"), body("three")) + '\n{"messages": [{"role": 5}]}')
        assert next(found).messages[0].parts[0].content == "one"
        assert next(found).messages[0].parts[0].content == "two"
        with pytest.raises(TranscriptError, match="has no role"):
            list(found)

    def test_damage_between_sessions_is_noted_on_request(self):
        """Once, in a transcript near to it."""
        source = lines(body("one"), body("two")) + '\n{"mess\n' + lines(body("three"))
        found = list(read_all(source, on_error="skip"))
        assert len(found) == 3
        assert [problem.line for transcript in found for problem in transcript.problems] == [3]


class TestTexts:
    def test_a_text_that_no_reader_knows_says_what_it_is(self):
        """Its beginning is quoted."""
        with pytest.raises(TranscriptError, match="1: is not valid JSON, nor a text of a known format: '# Notes"):
            read("# Notes\n\nBuy milk.\n")

    def test_a_log_whose_first_line_is_damaged_is_a_log(self):
        """The second line tells."""
        source = "oops\n" + lines(USER, USER)
        assert len(read(source, on_error="skip").messages) == 2

    def test_bytes_that_are_no_text_are_told(self):
        """Latin-1 is not UTF-8."""
        with pytest.raises(TranscriptError, match="neither JSON nor UTF-8"):
            read(b"caf\xe9\nau lait\n")


class Reader(SimpleNamespace):
    """A reader of another package."""


def a_reader(**changes):
    def messages(rows, notes):
        for number, row in rows:
            yield Message(str(number), None, "user", (Part(row["utterance"]),))

    return Reader(FORMAT="utterances", recognizes=lambda rows: "utterance" in rows[0], messages=messages, **changes)


@pytest.fixture
def installed(monkeypatch):
    """Install entry points by name and what loading them gives."""

    def install(**readers):
        class Point(EntryPoint):
            def load(self):
                loaded.append(self.name)
                if isinstance(readers[self.name], Exception):
                    raise readers[self.name]
                return readers[self.name]

        loaded = []
        points = EntryPoints(Point(name, f"package.{name}", plugins.GROUP) for name in readers)
        monkeypatch.setattr(plugins, "entry_points", lambda group: points.select(group=group))
        return loaded

    return install


class TestPlugins:
    def test_a_reader_of_another_package_is_asked_last(self, installed):
        """It is loaded only for a source that no built-in reader knows."""
        loaded = installed(utterances=a_reader())
        read([USER])
        assert loaded == []
        assert read([{"utterance": "hi"}]).format == "utterances"

    def test_it_may_be_asked_for_by_name(self, installed):
        """The name is that of its entry point."""
        installed(utterances=a_reader())
        assert read([{"utterance": "hi"}], format="utterances").messages[0].parts[0].content == "hi"

    def test_a_broken_one_harms_nobody_else(self, installed):
        """Another is asked; where none knows the source, the error tells of the broken one."""
        installed(broken=ImportError("no module named x"), utterances=a_reader())
        assert read([{"utterance": "hi"}]).format == "utterances"
        with pytest.raises(TranscriptError, match=r"of no known format.*'broken' \(package\.broken\) cannot be loaded"):
            read([{"a": 1}])

    def test_a_broken_one_that_is_asked_for_is_told(self, installed):
        """With what went wrong."""
        installed(broken=ImportError("no module named x"), empty=SimpleNamespace())
        with pytest.raises(TranscriptError, match="no module named x"):
            read([USER], format="broken")
        with pytest.raises(TranscriptError, match="has no FORMAT, recognizes, messages"):
            read([USER], format="empty")

    def test_a_foreign_reader_is_held_to_what_transcripts_promise(self, installed):
        """Two messages of one id get two, and a parent that is missing is replaced."""

        def messages(rows, notes):
            yield Message("a", "nowhere", "user", (Part("one"),))
            yield Message("a", "a", "user", (Part("two"),), causes=("a", "later"))

        installed(utterances=Reader(
            FORMAT="utterances", recognizes=lambda rows: True, messages=messages
        ))  # fmt: skip
        first, second = read([{"utterance": "hi"}]).messages
        assert (first.parent, second.id, second.parent, second.causes) == (None, "a~2", "a", ("a",))
