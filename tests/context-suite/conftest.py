"""A store for the engines: in memory, and in a file."""

import pytest

from context_memory import open_store


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    store = open_store("memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/context.db")
    yield store
    getattr(store, "close", lambda: None)()
