"""What all tests share: where the real transcripts are, and that a required one is never skipped in silence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

DATA = Path(__file__).parents[2] / "shared" / "data"
REQUIRED = os.environ.get("CONTEXT_REQUIRE_ALL") == "1"

settings.register_profile("default", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "ci", deadline=None, max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Where everything that tests need is promised to be there, a skip is a failure."""
    outcome = yield
    report = outcome.get_result()
    if REQUIRED and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, though CONTEXT_REQUIRE_ALL=1 promises what it needs: {report.longrepr}"


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of the real transcripts, or skip."""
    if not DATA.is_dir():
        pytest.skip("needs the real transcripts, a folder shared/data beside the checkout")
    return DATA
