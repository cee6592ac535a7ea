"""Durable stores for context graphs, their contents and their recovery manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_memory.open import open_store

if TYPE_CHECKING:
    from context_memory.store import SQLiteStore

__version__ = "0.1.0"

__all__ = ["SQLiteStore", "open_store"]


def __getattr__(name: str) -> Any:
    """Import `SQLiteStore` when it is first asked for: SQLAlchemy takes longer to import than all else here."""
    if name == "SQLiteStore":
        from context_memory.store import SQLiteStore

        return SQLiteStore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
