"""Redis passes the shipped contracts, many write to it at once, and its sessions end when their time is over."""

import pytest

from context_core.testing.content_store import ContentStoreContract
from context_core.testing.graph_store import GraphStoreContract
from context_core.testing.journal import JournalContract
from context_core.testing.namespaces import NamespaceContract
from context_core.testing.upkeep import UpkeepContract
from context_memory import RedisStore


@pytest.fixture
def store(redis_url, redis_namespace, redis_server):
    with RedisStore(redis_url, redis_namespace) as store:
        yield store


class TestRedisStore(ContentStoreContract, GraphStoreContract, JournalContract, UpkeepContract, NamespaceContract):
    @pytest.fixture
    def store(self, store):
        return store

    @pytest.fixture
    def tenants(self, store, redis_url):
        with RedisStore(redis_url, f"{store.namespace}größe \ud83d") as other:
            yield store, other
