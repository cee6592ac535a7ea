import subprocess
import sys

import pytest

import context_core
import context_memory

NAMES = [
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


def test_public_names():
    """The package offers these names and no others."""
    assert context_memory.__all__ == NAMES
    assert all(getattr(context_memory, name).__doc__ for name in NAMES)


def test_a_name_that_is_not_there():
    """Asking for another name is the usual error."""
    with pytest.raises(AttributeError, match="'context_memory' has no attribute 'nothing'"):
        _ = context_memory.nothing


def test_version():
    """The version is that of its siblings."""
    assert context_memory.__version__ == context_core.__version__


def test_importing_loads_nothing_heavy():
    """Importing the package, or opening a store in memory, loads no database library."""
    code = (
        "import sys, context_memory; context_memory.open_store('memory://');"
        "heavy = ('sqlalchemy', 'sqlite3', 'zstandard', 'networkx', 'redis', 'msgpack', 'pytest');"
        "print([m for m in heavy if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
