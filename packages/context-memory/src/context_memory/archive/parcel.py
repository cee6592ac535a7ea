"""A session as bytes: its history and the contents that it names, as lines of JSON.

The first line tells the session and how many of each follow; then come the contents, each once, and the revisions,
whose nodes name theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core import Change, Edge, Manifest, Node, Revision, StoreError
from context_core.hashing import bytes_text, content_id, text_bytes
from context_core.json_text import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from context_core import ManagedStore


def packed_session(store: ManagedStore, session_id: str) -> tuple[bytes, int]:
    """Return a session as bytes, and the version it has in them.

    Raises:
        SessionNotFoundError: there is no such session.
        ContentCorruptedError: one of its contents is not as it was written.
    """
    revisions = list(store.history(session_id))
    contents: dict[str, str] = {}
    rows = [_revision_row(revision, contents) for revision in revisions]
    changes = [change for revision in revisions for change in revision.changes]
    for name in sorted(Manifest(session_id, changes).content_ids()):
        if name not in contents:
            contents[name] = bytes_text(store.get(name))
    head = {"session": session_id, "contents": len(contents), "revisions": len(rows)}
    lines = [dumps(head), *(dumps(text) for text in contents.values()), *map(dumps, rows)]
    return text_bytes("\n".join(lines)), len(revisions)


def unpacked_session(data: bytes) -> tuple[str, dict[str, bytes], list[Revision]]:
    """Return a session's id, contents by id, and revisions.

    Raises:
        StoreError: the bytes are not those of `packed_session`.
    """
    try:
        lines = data.split(b"\n")
        head: dict[str, Any] = loads(lines[0])
        first = 1 + head["contents"]
        contents = {content_id(each): each for each in map(text_bytes, map(loads, lines[1:first]))}
        revisions = [_revision(loads(line), contents) for line in lines[first : first + head["revisions"]]]
        if len(contents) != head["contents"] or len(revisions) != head["revisions"]:
            raise ValueError("contents or revisions are missing")
        return str(head["session"]), contents, revisions
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise StoreError(f"an archived session is damaged ({error!r}); restore it from a backup") from error


def content_ids(revisions: Iterable[Revision]) -> set[str]:
    """Return the ids of all contents that revisions name."""
    found = set[str]()
    for revision in revisions:
        found.update(content_id(text_bytes(node.content)) for node in revision.nodes)
        found.update(Manifest("", revision.changes).content_ids())
    return found


def _revision_row(revision: Revision, contents: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {"version": revision.version, "written_at": revision.written_at}
    if revision.nodes:
        row["nodes"] = list(_node_rows(revision.nodes, contents))
    if revision.edges:
        row["edges"] = [edge.to_record() for edge in revision.edges]
    if revision.changes:
        row["changes"] = [change.to_record() for change in revision.changes]
    return row


def _node_rows(nodes: Sequence[Node], contents: dict[str, str]) -> Iterator[list[Any]]:
    for node in nodes:
        name = content_id(text_bytes(node.content))
        contents[name] = node.content
        yield [node.to_record(), name]


def _revision(row: Mapping[str, Any], contents: Mapping[str, bytes]) -> Revision:
    return Revision(
        version=row["version"],
        written_at=row["written_at"],
        nodes=tuple(Node.from_record(record, bytes_text(contents[name])) for record, name in row.get("nodes", ())),
        edges=tuple(map(Edge.from_record, row.get("edges", ()))),
        changes=tuple(map(Change.from_record, row.get("changes", ()))),
    )
