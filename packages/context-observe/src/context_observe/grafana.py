"""Dashboard: a Grafana dashboard of what `MetricSink` tells, for a Prometheus data source."""

from __future__ import annotations

from importlib.resources import files


def dashboard() -> str:
    """Return the dashboard as JSON text, to be imported in Grafana.

    Example:
        >>> import json
        >>> json.loads(dashboard())["title"]
        'Context engine'
    """
    return files("context_observe").joinpath("dashboard.json").read_text(encoding="utf-8")
