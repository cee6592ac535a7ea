"""PostgreSQL passes the shipped contracts, and says clearly what is wrong with it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from context_core import ContextGraph, StoreError, graph_bytes
from context_core.testing.content_store import ContentStoreContract
from context_core.testing.graph_store import GraphStoreContract
from context_core.testing.journal import JournalContract
from context_core.testing.namespaces import NamespaceContract
from context_core.testing.upkeep import UpkeepContract
from context_memory import PostgresStore, open_store


class TestPostgresStore(ContentStoreContract, GraphStoreContract, JournalContract, UpkeepContract, NamespaceContract):
    @pytest.fixture
    def store(self, postgres_url):
        with PostgresStore(postgres_url) as store:
            yield store

    @pytest.fixture
    def tenants(self, postgres_url):
        with PostgresStore(postgres_url, namespace="one") as one, PostgresStore(postgres_url, namespace="two") as two:
            yield one, two


def test_a_url(postgres_url):
    """A PostgreSQL URL opens the store, and a second store on it finds what the first has written."""
    graph = ContextGraph("s")
    graph.add_message("user", "hi")
    with open_store(postgres_url) as one, open_store(postgres_url) as other:
        one.append("s", graph.nodes(), graph.edges())
        assert graph_bytes(other.load("s")) == graph_bytes(graph)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(texts=st.lists(st.text(max_size=50), min_size=60, max_size=80, unique=True))
def test_many_rows_at_once(postgres_url, texts):
    """What is copied in bulk comes back whatever characters it has."""
    graph = ContextGraph("s")
    for text in texts:
        graph.add_message("user", text)
    with PostgresStore(postgres_url) as store:
        store.append("s", graph.nodes(), graph.edges())
        try:
            assert graph_bytes(store.load("s")) == graph_bytes(graph)
        finally:
            store.purge("s")


def test_tables_of_another_program(postgres_url, postgres_server):
    """A schema in which another program has a table of ours is refused, and is left as it is."""
    import psycopg

    schema = postgres_url.rpartition("%3D")[2]
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE {schema}.nodes (theirs int)")
        with pytest.raises(StoreError, match="tables of another program: nodes"):
            PostgresStore(postgres_url)
        [tables] = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = %s", [schema]
        ).fetchone()
        assert tables == 1


def test_a_newer_schema(postgres_url, postgres_server):
    """A store that a newer version wrote is refused."""
    import psycopg

    PostgresStore(postgres_url).close()
    schema = postgres_url.rpartition("%3D")[2]
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"UPDATE {schema}.alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="has schema version 9999"):
        PostgresStore(postgres_url)


def test_a_server_that_is_not_there():
    """A server that does not answer is an error that names it without its password."""
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        PostgresStore("postgresql+psycopg://user:secret@127.0.0.1:1/test?connect_timeout=2")
    assert "secret" not in str(caught.value)
    assert "user" in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://user:secret@host/db", "postgresql+psycopg://user:secret@host:port/db", "::"])
def test_other_urls(url):
    """Any other URL is refused without the password that stands in it."""
    with pytest.raises(ValueError, match="expected postgresql") as caught:
        PostgresStore(url)
    assert "secret" not in str(caught.value)


def test_the_representation_has_no_password(postgres_url):
    """What a store prints of itself holds no password."""
    with PostgresStore(postgres_url.replace("postgres@", "postgres:secret@")) as store:
        assert "secret" not in repr(store)


def test_a_lost_connection(postgres_url, postgres_server):
    """A connection that the server ends in a transaction is a clear error, and the next call has a new one."""
    import psycopg

    graph = ContextGraph("s")
    graph.add_message("user", "hi")
    with PostgresStore(postgres_url) as store, psycopg.connect(postgres_server, autocommit=True) as other:
        store.append("s", graph.nodes(), graph.edges())

        def cut(connection):
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            other.execute("SELECT pg_terminate_backend(%s)", [pid])
            connection.exec_driver_sql("SELECT 1")

        with pytest.raises(StoreError, match="connection was lost; check the server, and repeat the call"):
            store._database.write(cut)
        assert graph_bytes(store.load("s")) == graph_bytes(graph)
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query LIKE '%nodes%' AND pid <> pg_backend_pid()"
        )
        assert graph_bytes(store.load("s")) == graph_bytes(graph)
