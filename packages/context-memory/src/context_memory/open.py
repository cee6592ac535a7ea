"""From a URL to a store."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from context_core import MemoryStore

if TYPE_CHECKING:
    from context_core import ManagedStore
    from context_memory.files.store import FileStore

_EXPECTED = (
    "expected sqlite:///relative.db, sqlite:////absolute.db, postgresql+psycopg://user@host/database, "
    "redis://host:6379/0, file:///absolute/folder or memory://"
)


def open_store(url: str, *, namespace: str = "default") -> ManagedStore:
    """Open the store of a URL.

    Args:
        url: ``sqlite:///path.db`` for a file, made with its folders where it is missing;
            ``postgresql+psycopg://user:password@host/database`` for a server; ``redis://host:6379/0``, or
            ``rediss://`` for TLS, for a server in memory, perhaps with ``?ttl_seconds=3600``; ``file:///path`` for a
            folder of files, by its absolute path; ``memory://`` for a new and empty store that ends with the process.
        namespace: the tenant whose sessions and contents the store shows; a store in memory has only one.

    Raises:
        ValueError: the URL names no store of this package. The message never quotes more than the scheme, as what
            stands behind it may hold a password.
        MissingExtraError: what the store needs is not installed.
        StoreError: the store cannot be opened or reached, is another program's, or was written by a newer version.

    Example:
        >>> open_store("memory://").sessions()
        []
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise ValueError(f"got a store URL without '://'; {_EXPECTED}")
    if scheme == "memory" and not rest:
        return MemoryStore()
    if scheme == "sqlite":
        return _open_sqlite(rest, namespace)
    if scheme in ("postgresql+psycopg", "postgresql", "postgres"):
        from context_memory.sql.postgres import PostgresStore

        return PostgresStore(url, namespace=namespace)
    if scheme in ("redis", "rediss"):
        from context_memory.redis.store import RedisStore

        return RedisStore(url, namespace)
    if scheme == "file":
        return _open_files(rest, namespace)
    raise ValueError(f"got a store URL of scheme {scheme!r}; {_EXPECTED}")


def _open_sqlite(rest: str, namespace: str) -> ManagedStore:
    if not rest.startswith("/") or rest == "/":
        raise ValueError(f"got a sqlite URL without a path behind its third slash; {_EXPECTED}")
    if "?" in rest:
        raise ValueError(f"got a sqlite URL with parameters, which it does not take; {_EXPECTED}")
    from context_memory.sql.sqlite import SQLiteStore  # loads SQLAlchemy, so not before a file is opened

    return SQLiteStore(rest[1:], namespace=namespace)


def _open_files(rest: str, namespace: str) -> FileStore:
    if not rest.startswith("/") or rest == "/" or "?" in rest or "#" in rest:
        raise ValueError(
            "got a file URL that is not file:// and the absolute path of a folder, such as file:///data/context; "
            "for a relative path, use FileStore(path)"
        )
    from context_memory.files.store import FileStore  # loads the graph library, so not before a folder is opened

    return FileStore(unquote(rest), namespace=namespace)
