"""Durable stores for context graphs, their contents and their recovery manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.on_demand import on_demand
from context_memory.open import open_store

if TYPE_CHECKING:
    from context_memory.archive.archive import Archive
    from context_memory.blob_contents import BlobContentStore
    from context_memory.blobs.compressed import Compressed
    from context_memory.blobs.encrypted import Encrypted
    from context_memory.blobs.expiring import Expiring
    from context_memory.blobs.file_system import FsspecBlobs
    from context_memory.blobs.folder import FolderBlobs
    from context_memory.blobs.memory import MemoryBlobs
    from context_memory.blobs.protocol import Blobs
    from context_memory.conversation import ConversationMemory
    from context_memory.copying import copy_session, fork
    from context_memory.files.store import FileStore
    from context_memory.recall.episodic import EpisodicMemory
    from context_memory.recall.fact import Fact
    from context_memory.recall.recalled import Recalled
    from context_memory.redis.store import RedisStore
    from context_memory.retention import Retained, Retention, retain
    from context_memory.sql.postgres import PostgresStore
    from context_memory.sql.sqlite import SQLiteStore
    from context_memory.threaded_calls import ThreadedCalls
    from context_memory.tiers.policy import Migration, Move, TierPolicy
    from context_memory.tiers.tiered import TieredStore
    from context_memory.working_memory import WorkingMemory
    from context_memory.wrappers.cached import Cached, CachedContents
    from context_memory.wrappers.read_only import ReadOnly, ReadOnlyContents
    from context_memory.wrappers.readable_files import ReadableFiles

__version__ = "0.1.0"

__all__ = [
    "Archive",
    "BlobContentStore",
    "Blobs",
    "Cached",
    "CachedContents",
    "Compressed",
    "ConversationMemory",
    "Encrypted",
    "EpisodicMemory",
    "Expiring",
    "Fact",
    "FileStore",
    "FolderBlobs",
    "FsspecBlobs",
    "MemoryBlobs",
    "Migration",
    "Move",
    "PostgresStore",
    "ReadOnly",
    "ReadOnlyContents",
    "ReadableFiles",
    "Recalled",
    "RedisStore",
    "Retained",
    "Retention",
    "SQLiteStore",
    "ThreadedCalls",
    "TierPolicy",
    "TieredStore",
    "WorkingMemory",
    "copy_session",
    "fork",
    "open_store",
    "retain",
]

_MODULES = {
    "Archive": "archive.archive",
    "BlobContentStore": "blob_contents",
    "Blobs": "blobs.protocol",
    "Cached": "wrappers.cached",
    "CachedContents": "wrappers.cached",
    "Compressed": "blobs.compressed",
    "ConversationMemory": "conversation",
    "Encrypted": "blobs.encrypted",
    "EpisodicMemory": "recall.episodic",
    "Expiring": "blobs.expiring",
    "Fact": "recall.fact",
    "FileStore": "files.store",
    "FolderBlobs": "blobs.folder",
    "FsspecBlobs": "blobs.file_system",
    "MemoryBlobs": "blobs.memory",
    "Migration": "tiers.policy",
    "Move": "tiers.policy",
    "PostgresStore": "sql.postgres",
    "ReadOnly": "wrappers.read_only",
    "ReadOnlyContents": "wrappers.read_only",
    "ReadableFiles": "wrappers.readable_files",
    "Recalled": "recall.recalled",
    "RedisStore": "redis.store",
    "Retained": "retention",
    "Retention": "retention",
    "SQLiteStore": "sql.sqlite",
    "ThreadedCalls": "threaded_calls",
    "TierPolicy": "tiers.policy",
    "TieredStore": "tiers.tiered",
    "WorkingMemory": "working_memory",
    "copy_session": "copying",
    "fork": "copying",
    "retain": "retention",
}
"""Where each name is: what a backend needs, such as SQLAlchemy, takes longer to import than all else here."""


__getattr__ = on_demand(__name__, _MODULES)
