"""Contents over blobs: what a `ContentStore` does, written once for every backend of bytes.

1. A content is the blob ``contents/ID``. Each put of it is an empty blob ``puts/ID/NUMBER`` of its own, with a random
   number: two writers never write the same one, so no count can be lost between them or in a crash.
2. A put writes its mark first, then the content, whether it is there or not. A delete takes one mark away; where it was
   the last one, it takes the content away, looks again, and puts the content back where a put came between.
3. A crash can leave a mark too many, which keeps a content for longer, and never one too few.
"""

from __future__ import annotations

import random
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

from context_core import (
    ContentCorruptedError,
    ContentExpiredError,
    ContentNotFoundError,
    ContextError,
    Fault,
)
from context_core.hashing import content_id as id_of
from context_core.operations import observed_store
from context_core.stores import verified

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from context_memory.blobs.protocol import Blobs

CONTENTS = "contents/"
PUTS = "puts/"
_WRITERS = 8
"""Contents of one put that are written at once: backends are slow to answer, not to write."""
_ID = re.compile(r"[0-9a-f]{64}")


@observed_store
class BlobContentStore:
    """A `ContentStore` over any `Blobs`, for several threads and processes at once.

    Args:
        blobs: where contents are kept. What is written passes wrappers from the outside in:
            ``Compressed(Encrypted(FolderBlobs(folder), key))`` compresses, then encrypts.

    Raises:
        StoreError: by all methods, the backend cannot be read or written.

    Example:
        >>> from context_memory.blobs.memory import MemoryBlobs
        >>> store = BlobContentStore(MemoryBlobs())
        >>> [name] = store.put([b"hello"])
        >>> store.get(name), store.delete(name)
        (b'hello', True)
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._turn = Lock()

    def put(self, contents: Sequence[bytes]) -> list[str]:
        """Store contents, all or none; return their ids in order."""
        ids = [id_of(data) for data in contents]
        marks = [f"{PUTS}{content_id}/{uuid.uuid4().hex}" for content_id in ids]
        with self._turn:
            try:
                if len(ids) <= _WRITERS:
                    list(map(self._write, marks, ids, contents))
                else:
                    with ThreadPoolExecutor(_WRITERS) as pool:
                        list(pool.map(self._write, marks, ids, contents))
            except BaseException:
                # The error that is under way is the one to tell; a mark that stays keeps a content too long.
                with suppress(ContextError):
                    list(map(self._take_back, ids, marks))
                raise
        return ids

    def get(self, content_id: str) -> bytes:
        """Return a content.

        Raises:
            ContentNotFoundError: it is not there.
            ContentExpiredError: it is not there any more, since its time was over.
            ContentCorruptedError: its bytes do not hash to its id.
        """
        data = self._read(content_id) if is_content_id(content_id) else None
        if data is None:
            raise ContentNotFoundError(content_id)
        return verified(content_id, data)

    def has(self, content_id: str) -> bool:
        """Return whether a content is there."""
        return is_content_id(content_id) and self._blobs.has(CONTENTS + content_id)

    def delete(self, content_id: str) -> bool:
        """Take back one put; return whether the content is gone now.

        Raises:
            ContentNotFoundError: it is not there.
        """
        with self._turn:
            if not self.has(content_id):
                self.get(content_id)  # raises the error that says why
            marks = self._marks(content_id)
            # Any will do; two deletes at once should not choose the same.
            return self._take_back(content_id, random.choice(marks) if marks else None)

    def verify(self) -> Iterator[Fault]:
        """Read every content, and yield those that are not as they were put, or that a crash left without one."""
        for name in list(self._blobs.names(CONTENTS)):
            content_id = name.removeprefix(CONTENTS)
            try:
                self.get(content_id)
            except (ContentCorruptedError, ContentNotFoundError) as error:
                yield Fault("content", content_id, None, str(error))
        for content_id in sorted({name.split("/")[1] for name in self._blobs.names(PUTS)}):
            if not self._blobs.has(CONTENTS + content_id):
                yield Fault("content", content_id, None, "was put, and is not there; put it again")

    def _write(self, mark: str, content_id: str, data: bytes) -> None:
        self._blobs.write(mark, b"")
        self._blobs.write(CONTENTS + content_id, data)

    def _take_back(self, content_id: str, mark: str | None) -> bool:
        if mark is not None:
            self._blobs.remove(mark)
        if self._marks(content_id):
            return False
        data = None
        with suppress(ContentCorruptedError, ContentExpiredError):
            data = self._read(content_id)
        self._blobs.remove(CONTENTS + content_id)
        if data is None or not self._marks(content_id):
            return True
        self._blobs.write(CONTENTS + content_id, data)
        return False

    def _marks(self, content_id: str) -> list[str]:
        return list(self._blobs.names(f"{PUTS}{content_id}/"))

    def _read(self, content_id: str) -> bytes | None:
        return read_content(self._blobs, content_id)

    def __repr__(self) -> str:
        return f"BlobContentStore({self._blobs!r})"


def read_content(blobs: Blobs, content_id: str) -> bytes | None:
    """Return a content from blobs, not hashed anew, or None where it is not there.

    Raises:
        ContentExpiredError, ContentCorruptedError: as the blobs raise it, with the id of the content.
    """
    try:
        return blobs.read(CONTENTS + content_id)
    except ContentExpiredError as error:
        raise ContentExpiredError(content_id, error.expired_at) from None
    except ContentCorruptedError:
        raise ContentCorruptedError(content_id) from None


def is_content_id(text: str) -> bool:
    """Return whether a text has the form of a content's id.

    Example:
        >>> is_content_id("0" * 64), is_content_id("../secret")
        (True, False)
    """
    return _ID.fullmatch(text) is not None
