"""Text columns that hold any string of Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import LargeBinary, TypeDecorator

from context_core.hashing import bytes_text, text_bytes

if TYPE_CHECKING:
    from sqlalchemy import Dialect


class ExactText(TypeDecorator[str]):
    """Text as the bytes of `text_bytes`, since SQLite's own text cannot hold a lone surrogate."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Return the bytes to store."""
        return None if value is None else text_bytes(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Return the text that was stored."""
        return None if value is None else bytes_text(value)
