"""A session's journal: a file of lines, the session in the first one, and in each further one the revisions of a write.

Contents of nodes that are long stand beside the journal, as all contents do that changes name: equal ones once.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from context_core import (
    Change,
    ContentCorruptedError,
    ContentNotFoundError,
    Edge,
    Node,
    Revision,
    SessionState,
)
from context_core.hashing import bytes_text, content_id, text_bytes
from context_memory.files.lines import damaged, encoded, first_record, read_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    Contents = Callable[[str], bytes]

LONG_BYTES = 4_096
"""Bytes from which on a node's content stands beside the journal."""


@dataclass(slots=True)
class Journal:
    """What was read of a journal.

    Attributes:
        id: tells the file from another one of the same session.
        end: the offset behind its last whole line, in bytes.
        lines: how many lines that are.
        state: what its revisions have made.
        contents: where `state` gets contents from.
    """

    id: str
    end: int
    lines: int
    state: SessionState
    contents: Lookup


class Lookup:
    """Contents as `SessionState` asks for them.

    It asks for those before and after each change. While a journal is read, only what the present state is made of is
    looked up: an original that was damaged since does not keep the session from being loaded.

    Args:
        contents: returns the content of an id.
    """

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._only: set[str] | None = None

    def __call__(self, name: str) -> bytes:
        """Return a content; an empty one in the place of what is not looked up."""
        return b"" if self._only is not None and name not in self._only else self._contents(name)

    def replay(self, state: SessionState, revision: Revision) -> None:
        """Apply a revision that was checked when it was written."""
        self._only = {change.after.content_id for change in revision.changes if change.after}
        try:
            state.apply(revision)
        finally:
            self._only = None


def read_journal(path: Path, known: Journal | None, contents: Contents) -> Journal:
    """Return a journal as it is now.

    Args:
        path: the file.
        known: what was read of it before; it goes on from there, and is the journal that is returned.
        contents: returns the content of an id.

    Raises:
        FileNotFoundError: there is no such file.
        StoreError: a line is damaged.
        ContentNotFoundError, ContentCorruptedError: a content of its present state is not there, or not as it was.
    """
    header = first_record(path)
    if known is None or known.id != header.get("journal"):
        known = _begun(path, header, contents)
    lines = read_lines(path, start=known.end, first=known.lines + 1)
    for record, end in zip(lines.records, lines.ends, strict=True):
        if known.lines:
            for revision in _revisions(path, known.lines + 1, record, contents):
                known.contents.replay(known.state, revision)
        known.end = end
        known.lines += 1
    return known


def new_journal(session_id: str, created_at: float, contents: Contents) -> tuple[Journal, bytes]:
    """Return the journal of a new session, and its first line."""
    journal_id = uuid.uuid4().hex
    line = encoded({"journal": journal_id, "session": session_id, "created_at": created_at})
    lookup = Lookup(contents)
    state = SessionState(session_id, lookup, created_at)
    return Journal(journal_id, len(line), 1, state, lookup), line


def line_of(revisions: Sequence[Revision]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the record of a line that holds revisions, and the long contents that stand beside it, by id."""
    long: dict[str, bytes] = {}
    return {"revisions": [_record(revision, long) for revision in revisions]}, long


def named(changes: Iterable[Change]) -> list[str]:
    """Return the ids of the contents that changes name, each once."""
    states = (state for change in changes for state in (change.before, change.after))
    return list(dict.fromkeys(state.content_id for state in states if state is not None))


def outline(path: Path) -> tuple[str, float, set[str]]:
    """Return a journal's session, when it was written to last, and the ids of the contents that it needs.

    Raises:
        FileNotFoundError: there is no such file.
        StoreError: a line is damaged.
    """
    header, *records = read_lines(path).records or ({},)
    try:
        written_at, needed = header["created_at"], set[str]()
        for revision in (each for record in records for each in record["revisions"]):
            written_at = revision["written_at"]
            needed.update(node["content_id"] for node in revision.get("nodes", ()) if "content_id" in node)
            states = (change[side] for change in revision.get("changes", ()) for side in ("before", "after"))
            needed.update(state["content_id"] for state in states if state is not None)
        return header["session"], written_at, needed
    except (KeyError, TypeError, AttributeError):
        raise damaged(path, 1) from None


def revisions_of(path: Path, contents: Contents) -> Iterator[Revision]:
    """Yield the revisions of a journal, oldest first; raises as `read_journal` does."""
    for number, record in enumerate(read_lines(path).records, start=1):
        if number > 1:
            yield from _revisions(path, number, record, contents)


def _begun(path: Path, header: Mapping[str, Any], contents: Contents) -> Journal:
    try:
        lookup = Lookup(contents)
        state = SessionState(header["session"], lookup, header["created_at"])
        return Journal(header["journal"], 0, 0, state, lookup)
    except KeyError:
        raise damaged(path, 1) from None


def _record(revision: Revision, long: dict[str, bytes]) -> dict[str, Any]:
    record: dict[str, Any] = {"version": revision.version, "written_at": revision.written_at}
    if revision.nodes:
        record["nodes"] = [_node_record(node, long) for node in revision.nodes]
    if revision.edges:
        record["edges"] = [edge.to_record() for edge in revision.edges]
    if revision.changes:
        record["changes"] = [change.to_record() for change in revision.changes]
    return record


def _node_record(node: Node, long: dict[str, bytes]) -> dict[str, Any]:
    if len(node.content) < LONG_BYTES:
        return {**node.to_record(), "content": node.content}
    data = text_bytes(node.content)
    name = content_id(data)
    long[name] = data
    return {**node.to_record(), "content_id": name}


def _revisions(path: Path, number: int, record: Mapping[str, Any], contents: Contents) -> list[Revision]:
    try:
        return [_revision(each, contents) for each in record["revisions"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, (ContentNotFoundError, ContentCorruptedError)):
            raise
        raise damaged(path, number) from error


def _revision(record: Mapping[str, Any], contents: Contents) -> Revision:
    return Revision(
        version=record["version"],
        written_at=record["written_at"],
        nodes=tuple(_node(each, contents) for each in record.get("nodes", ())),
        edges=tuple(map(Edge.from_record, record.get("edges", ()))),
        changes=tuple(map(Change.from_record, record.get("changes", ()))),
    )


def _node(record: Mapping[str, Any], contents: Contents) -> Node:
    fields = {name: value for name, value in record.items() if name not in ("content", "content_id")}
    content = record["content"] if "content" in record else bytes_text(contents(record["content_id"]))
    return Node.from_record(fields, content)
