"""Durable stores for context graphs, their contents and their recovery manifests."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from context_memory.open import open_store

if TYPE_CHECKING:
    from context_memory.blob_contents import BlobContentStore
    from context_memory.blobs.compressed import Compressed
    from context_memory.blobs.encrypted import Encrypted
    from context_memory.blobs.expiring import Expiring
    from context_memory.blobs.file_system import FsspecBlobs
    from context_memory.blobs.folder import FolderBlobs
    from context_memory.blobs.memory import MemoryBlobs
    from context_memory.blobs.protocol import Blobs
    from context_memory.cached import Cached, CachedContents
    from context_memory.file_store import FileStore
    from context_memory.read_only import ReadOnly, ReadOnlyContents
    from context_memory.readable_files import ReadableFiles
    from context_memory.store import SQLiteStore

__version__ = "0.1.0"

__all__ = [
    "BlobContentStore",
    "Blobs",
    "Cached",
    "CachedContents",
    "Compressed",
    "Encrypted",
    "Expiring",
    "FileStore",
    "FolderBlobs",
    "FsspecBlobs",
    "MemoryBlobs",
    "ReadOnly",
    "ReadOnlyContents",
    "ReadableFiles",
    "SQLiteStore",
    "open_store",
]

_MODULES = {
    "BlobContentStore": "blob_contents",
    "Blobs": "blobs.protocol",
    "Cached": "cached",
    "CachedContents": "cached",
    "Compressed": "blobs.compressed",
    "Encrypted": "blobs.encrypted",
    "Expiring": "blobs.expiring",
    "FileStore": "file_store",
    "FolderBlobs": "blobs.folder",
    "FsspecBlobs": "blobs.file_system",
    "MemoryBlobs": "blobs.memory",
    "ReadOnly": "read_only",
    "ReadOnlyContents": "read_only",
    "ReadableFiles": "readable_files",
    "SQLiteStore": "store",
}
"""Where each name is: what a backend needs, such as SQLAlchemy, takes longer to import than all else here."""


def __getattr__(name: str) -> Any:
    """Import a store when it is first asked for."""
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
