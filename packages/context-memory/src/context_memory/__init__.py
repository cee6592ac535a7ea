"""Durable stores for context graphs, their contents and their recovery manifests."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from context_memory.open import open_store

if TYPE_CHECKING:
    from context_memory.conversation import ConversationMemory
    from context_memory.sql.postgres import PostgresStore
    from context_memory.sql.sqlite import SQLiteStore
    from context_memory.threaded_calls import ThreadedCalls
    from context_memory.working_memory import WorkingMemory

__version__ = "0.1.0"

__all__ = ["ConversationMemory", "PostgresStore", "SQLiteStore", "ThreadedCalls", "WorkingMemory", "open_store"]

_PLACES = {
    "ConversationMemory": "context_memory.conversation",
    "PostgresStore": "context_memory.sql.postgres",
    "SQLiteStore": "context_memory.sql.sqlite",
    "ThreadedCalls": "context_memory.threaded_calls",
    "WorkingMemory": "context_memory.working_memory",
}
"""Where names are that are imported when they are first asked for: SQLAlchemy takes longer than all else here."""


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
