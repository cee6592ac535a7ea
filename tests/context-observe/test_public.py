import subprocess
import sys

import pytest

import context_core
import context_observe

NAMES = [
    "Checklist",
    "FaultMet",
    "Figure",
    "JsonFormatter",
    "LogSink",
    "MetricSink",
    "PrometheusMetrics",
    "SessionResumed",
    "SpanSink",
    "TaskEnded",
    "TaskStarted",
    "WorkRedone",
    "WorkReviewed",
    "dashboard",
    "masked",
    "masked_value",
    "otlp_metrics",
    "otlp_spans",
    "prometheus_metrics",
    "report",
]


def test_public_names():
    """The package offers these names and no others."""
    assert context_observe.__all__ == NAMES
    assert all(getattr(context_observe, name).__doc__ for name in NAMES)


def test_a_name_that_is_not_there():
    """Asking for another name is the usual error."""
    with pytest.raises(AttributeError, match="'context_observe' has no attribute 'nothing'"):
        _ = context_observe.nothing


def test_version():
    """The version is that of its siblings."""
    assert context_observe.__version__ == context_core.__version__


def test_importing_loads_nothing_heavy():
    """Importing the package loads no library that only a part of it needs."""
    code = (
        "import sys, context_observe;"
        "heavy = ('opentelemetry', 'prometheus_client', 'networkx', 'sqlite3', 'jsonpath', 'model2vec');"
        "heavy += ('pytest', 'jinja2');"
        "print([m for m in heavy if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
