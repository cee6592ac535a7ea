"""A database: short transactions on pooled connections, and its errors in our words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from context_core import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    T = TypeVar("T")

TRIES = 5
"""How often a write is begun that the database gave up for the sake of another one."""


class Database(ABC):
    """An open database; errors of the driver come out as `StoreError`.

    A subclass gives the transactions of its dialect.

    Args:
        name: what to call it in messages and representations; it holds no password.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._closed = False

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """Give a connection that sees one state of the database while the block runs."""
        with self._told(), self._reading() as connection:
            yield connection

    def write(self, step: Callable[[Connection], T]) -> T:
        """Run a step in a transaction that writes all that it does, or nothing where it raises.

        Where the database gives the transaction up for the sake of another one, as it does to end a deadlock, the step
        is run again from the start.
        """
        for attempt in range(1, TRIES + 1):
            try:
                with self._told(), self._writing() as connection:
                    return step(connection)
            except StoreError as error:
                if attempt == TRIES or not self._is_passing(error.__cause__):
                    raise
        raise AssertionError("the loop returns or raises")

    def close(self) -> None:
        """Close the connections; transactions begun later raise StoreError."""
        self._closed = True
        self._dispose()

    @contextmanager
    def _told(self) -> Generator[None]:
        if self._closed:
            raise StoreError(f"the store {self.name} was closed; open it again")
        try:
            yield
        except (SQLAlchemyError, *self._driver_errors()) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise self._failure(error) from cause

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _dispose(self) -> None: ...

    @abstractmethod
    def _driver_errors(self) -> tuple[type[Exception], ...]:
        """Return the driver's own errors, which its bulk operations raise as they are."""

    @abstractmethod
    def _failure(self, error: Exception) -> StoreError:
        """Return the error to raise in the place of the driver's."""

    @abstractmethod
    def _is_passing(self, cause: BaseException | None) -> bool:
        """Return whether the same transaction may do well when it is begun again."""

    @abstractmethod
    def scrub(self, *, whole: bool = False) -> None:
        """Have what was deleted overwritten: as far as that keeps nobody waiting, or wholly."""
