"""Zero stale hits: whatever comes out of a cache is what the tool would say now."""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from context_core import MemoryStore
from context_toolkit.testing.cache_machine import cache_machine


@pytest.mark.parametrize("start", [lambda: None, MemoryStore], ids=["alone", "two on one store"])
def test_no_result_is_stale(start):
    """However reads, writes, failures, clocks and restarts fall together, no result differs from the truth."""
    machine = cache_machine(start)
    run_state_machine_as_test(machine, settings=settings(max_examples=50, stateful_step_count=40))
    assert machine.hits > 60
