"""An archive: sessions as blobs on any backend, with dictionaries that sessions of one kind share.

1. A session is two blobs: ``bodies/NUMBER``, a zstd frame, and ``sessions/HASH``, which tells what it is, names the
   body, and begins with the hash of what it tells. The name is the hash of the session's id: names have one length, and
   tell nobody what the session is called.
2. The body is written first, and removed last. One that nothing names was left by a process that was killed.
3. A dictionary is a blob, ``dictionaries/KIND-NUMBER``: a line of JSON that tells its kind and from which sessions it
   was trained, and its bytes.
4. Who erases a session that a dictionary was trained on has the dictionary go, too: it holds pieces of the session.
   What was packed with it is packed anew, first.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import zstandard

from context_core import SessionInfo, SessionNotFoundError, StoreError
from context_core.hashing import text_bytes
from context_core.json_text import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_memory.blobs.protocol import Blobs

FORMAT = 1
"""Version of the blobs."""

LEVEL = 19
"""Compression level: what is archived is written once, and read as fast at any level."""

DICTIONARY_BYTES = 112_640
"""Size of a dictionary: zstd's own default."""

TRAINED_ON_BYTES = 10 * DICTIONARY_BYTES
"""Bytes of sessions of a kind from which a dictionary is worth its own bytes."""

SAMPLE_BYTES = 20_000
"""Bytes of a sample: sessions are cut into such pieces to train on."""

LARGEST = 1 << 32
"""Bytes that a session may have unpacked; a blob that says more is not unpacked."""


@dataclass(frozen=True, slots=True)
class Archived:
    """What an archive tells of a session without unpacking it.

    Attributes:
        info: as the session was when it was archived.
        size: bytes of it, unpacked.
        sha256: of these bytes.
        stored_bytes: bytes that it takes.
        body: name of the blob with the frame.
        dictionary: name of the dictionary it was packed with, or None.
        content_ids: of all contents that it names.
    """

    info: SessionInfo
    size: int
    sha256: str
    stored_bytes: int
    body: str
    dictionary: str | None
    content_ids: tuple[str, ...]


class Archive:
    """Sessions on a backend of blobs: a folder, a bucket, encrypted or not.

    Args:
        blobs: where they are.

    Example:
        >>> from context_memory.blobs.memory import MemoryBlobs
        >>> list(Archive(MemoryBlobs()).sessions())
        []
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def write(
        self, info: SessionInfo, data: bytes, content_ids: Iterable[str], dictionary: str | None = None
    ) -> Archived:
        """Archive a session, in the place of what there was of it.

        Args:
            info: the session.
            data: the session, packed by `packed_session`.
            content_ids: of the contents that it names.
            dictionary: the name that `train` returned.

        Raises:
            StoreError: the backend cannot be written; what there was of the session is left.
        """
        trained = None if dictionary is None else self._dictionary(dictionary)
        frame = zstandard.ZstdCompressor(level=LEVEL, dict_data=trained).compress(data)
        archived = Archived(
            info=info,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            stored_bytes=len(frame),
            body=f"bodies/{uuid4().hex}",
            dictionary=dictionary,
            content_ids=tuple(sorted(content_ids)),
        )
        before = self._body_of(info.session_id)
        self._blobs.write(archived.body, frame)
        head = {"format": FORMAT, **asdict(archived)}
        line = text_bytes(dumps(head))
        self._blobs.write(_name(info.session_id), _digest(line) + b"\n" + line)
        if before is not None:
            self._blobs.remove(before)
        return archived

    def read(self, session_id: str) -> bytes:
        """Return a session's bytes, checked.

        Raises:
            SessionNotFoundError: it is not in the archive.
            StoreError: it is damaged, or its dictionary is gone.
        """
        about = self.about(session_id)
        frame = self._blobs.read(about.body)
        if frame is None:
            raise _damaged(session_id, "its body is gone")
        try:
            if zstandard.frame_content_size(frame) != about.size or about.size > LARGEST:
                raise _damaged(session_id, "its size is wrong")
            trained = None if about.dictionary is None else self._dictionary(about.dictionary)
            decompressor = zstandard.ZstdDecompressor(dict_data=trained) if trained else zstandard.ZstdDecompressor()
            data = decompressor.decompress(frame)
        except zstandard.ZstdError as error:
            raise _damaged(session_id, str(error)) from None
        if hashlib.sha256(data).hexdigest() != about.sha256:
            raise _damaged(session_id, "its hash is wrong")
        return data

    def about(self, session_id: str) -> Archived:
        """Return what the archive tells of a session.

        Raises:
            SessionNotFoundError: it is not in the archive.
            StoreError: it is damaged.
        """
        name = _name(session_id)
        blob = self._blobs.read(name)
        if blob is None:
            raise SessionNotFoundError(session_id)
        return _about(name, blob)

    def has(self, session_id: str) -> bool:
        """Return whether a session is in the archive."""
        return self._blobs.has(_name(session_id))

    def sessions(self) -> Iterator[Archived]:
        """Yield what the archive tells of all its sessions, in no certain order.

        Raises:
            StoreError: one is damaged.
        """
        for name in self._blobs.names("sessions/"):
            blob = self._blobs.read(name)
            if blob is not None:
                yield _about(name, blob)

    def holders(self, content_id: str) -> Iterator[str]:
        """Yield the ids of the sessions in the archive that name a content. It looks through all of them."""
        yield from [each.info.session_id for each in self.sessions() if content_id in each.content_ids]

    def remove(self, session_id: str) -> None:
        """Take a session out of the archive, which goes on elsewhere; where it is not there, do nothing."""
        body = self._body_of(session_id)
        self._blobs.remove(_name(session_id))
        if body is not None:
            self._blobs.remove(body)

    def forget(self, session_id: str) -> None:
        """Erase all that the archive holds of a session, and the dictionaries that were trained on it."""
        self.remove(session_id)
        tainted = {name for name, head in self._heads() if session_id in head["sources"]}
        if not tainted:
            return
        for archived in list(self.sessions()):
            if archived.dictionary in tainted:
                self.write(archived.info, self.read(archived.info.session_id), archived.content_ids)
        for name in tainted:
            self._blobs.remove(name)

    def train(self, kind: str, sessions: Sequence[tuple[str, bytes]]) -> str | None:
        """Train a dictionary on sessions of a kind; return its name, or None where they are too few for one.

        Args:
            kind: the transcript format of the sessions.
            sessions: ids and bytes.
        """
        samples: list[Any] = [
            data[start : start + SAMPLE_BYTES] for _, data in sessions for start in range(0, len(data), SAMPLE_BYTES)
        ]
        if sum(map(len, samples)) < TRAINED_ON_BYTES or len(sessions) < 2:
            return None
        try:
            trained = zstandard.train_dictionary(DICTIONARY_BYTES, samples).as_bytes()
        except zstandard.ZstdError:
            return None
        name = f"dictionaries/{_safe(kind)}-{uuid4().hex[:12]}"
        head = {"format": FORMAT, "kind": kind, "sources": [session_id for session_id, _ in sessions]}
        self._blobs.write(name, text_bytes(dumps(head)) + b"\n" + trained)
        return name

    def dictionary_for(self, kind: str) -> str | None:
        """Return the name of a dictionary for sessions of a kind, or None."""
        return next((name for name, head in self._heads() if head["kind"] == kind), None)

    def sweep(self, *, dry_run: bool) -> int:
        """Remove bodies that no session names; return the bytes that these take."""
        named = {each.body for each in self.sessions()}
        loose = [name for name in self._blobs.names("bodies/") if name not in named]
        size = sum(len(self._blobs.read(name) or b"") for name in loose)
        for name in loose if not dry_run else ():
            self._blobs.remove(name)
        return size

    def _heads(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for name in self._blobs.names("dictionaries/"):
            blob = self._blobs.read(name)
            if blob is not None:
                yield name, loads(blob.partition(b"\n")[0])

    def _dictionary(self, name: str) -> zstandard.ZstdCompressionDict:
        blob = self._blobs.read(name)
        if blob is None:
            raise StoreError(f"dictionary {name} of the archive is gone; restore it from a backup")
        return zstandard.ZstdCompressionDict(blob.partition(b"\n")[2])

    def _body_of(self, session_id: str) -> str | None:
        blob = self._blobs.read(_name(session_id))
        return None if blob is None else _about(_name(session_id), blob).body


def _about(name: str, blob: bytes) -> Archived:
    """Return what a blob tells of a session.

    Raises:
        StoreError: the blob is damaged, or of a newer version.
    """
    digest, _, line = blob.partition(b"\n")
    if _digest(line) != digest:
        raise _damaged(name, "the hash of its description is wrong")
    try:
        head: dict[str, Any] = loads(line)
        version = head.pop("format")
        if version > FORMAT:
            raise StoreError(f"{name} of the archive has format {version}; this release reads {FORMAT}: upgrade")
        info, names = SessionInfo(**head.pop("info")), tuple(head.pop("content_ids"))
        return Archived(info=info, content_ids=names, **head)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(name, repr(error)) from None


def _digest(line: bytes) -> bytes:
    return hashlib.sha256(line).hexdigest().encode()


def _damaged(name: str, why: str) -> StoreError:
    return StoreError(f"session {name!r} of the archive is damaged ({why}); restore it from a backup")


def _name(session_id: str) -> str:
    return f"sessions/{hashlib.sha256(text_bytes(session_id)).hexdigest()}"


def _safe(kind: str) -> str:
    return "".join(char if char.isascii() and char.isalnum() else "-" for char in kind.lower()).strip("-") or "plain"
