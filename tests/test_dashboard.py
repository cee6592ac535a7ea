"""The dashboard that ships is the one that its tool writes."""

import json
import runpy
from pathlib import Path

from context_observe import dashboard

TOOL = Path(__file__).parents[1] / "tools" / "make_dashboard.py"


def test_the_dashboard_is_what_the_tool_writes():
    """Whoever changes panels changes the tool, and runs it."""
    assert json.loads(dashboard()) == runpy.run_path(str(TOOL))["dashboard"]()
