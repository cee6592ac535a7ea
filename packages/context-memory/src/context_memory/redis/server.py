"""A Redis server: pooled connections, and the client's errors in our words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from context_core import StoreError
from context_core.extras import need
from context_memory.redis.failures import redis_failure

if TYPE_CHECKING:
    from collections.abc import Generator

    from context_memory.redis.address import Address

CONNECTIONS = 64
"""Open connections of one store; further threads wait for one."""

WAIT_SECONDS = 60
"""How long a thread waits for a connection, and for an answer."""

CONNECT_SECONDS = 5
"""How long a connection may take to be made."""


class Contended(Exception):
    """A watched key was changed by another writer: nothing was written, and the same may do well the next time."""


class Server:
    """An open server.

    Args:
        address: of the server.

    Raises:
        ValueError: a parameter of the URL has no value that the client takes.
        MissingExtraError: the client is not installed.
        StoreError: the server cannot be reached.
    """

    def __init__(self, address: Address) -> None:
        redis = need("redis", "redis", package="context-memory")
        self.name = address.name
        self._errors = redis.exceptions
        self._closed = False
        retry = need("redis.retry", "redis").Retry(need("redis.backoff", "redis").NoBackoff(), 0)
        try:
            self._pool = redis.BlockingConnectionPool.from_url(
                address.url,
                max_connections=CONNECTIONS,
                timeout=WAIT_SECONDS,
                # A write whose answer is lost may have been done; whoever called decides whether to repeat it.
                retry=retry,
                **{"socket_timeout": WAIT_SECONDS, "socket_connect_timeout": CONNECT_SECONDS, "protocol": 2},
            )
        except (ValueError, TypeError):
            raise ValueError("got a URL with a parameter whose value the Redis client does not take") from None
        self._client = redis.Redis(connection_pool=self._pool)
        with self.using() as client:
            client.ping()

    @contextmanager
    def using(self) -> Generator[Any]:
        """Give the client; its errors come out as `StoreError`, and a watched key that was changed as `Contended`."""
        if self._closed:
            raise StoreError(f"the store {self.name} was closed; open it again")
        try:
            yield self._client
        except self._errors.WatchError as error:
            # The client says the same of a connection that was lost while it watched.
            if isinstance(error.__context__, (self._errors.ConnectionError, self._errors.TimeoutError, OSError)):
                raise redis_failure(self.name, error.__context__, lost=True) from error.__context__
            raise Contended from error
        except self._errors.RedisError as error:
            lost = isinstance(error, (self._errors.ConnectionError, self._errors.TimeoutError))
            raise redis_failure(self.name, error, lost=lost) from error

    def close(self) -> None:
        """Close the connections; what is begun later raises StoreError."""
        self._closed = True
        self._pool.disconnect()
