import json
import re

import pytest

from context_core import listen
from context_observe import MetricSink, dashboard, prometheus_metrics


def test_it_is_what_grafana_imports():
    """Every panel has its own id and place, a data source that is chosen, and a query."""
    board = json.loads(dashboard())
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 20
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(places)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
    assert all(target["expr"] for panel in panels for target in panel["targets"])
    assert {panel["datasource"]["uid"] for panel in panels} == {"${datasource}"}
    assert board["templating"]["list"][0]["name"] == "datasource"


def test_every_metric_in_a_query_is_told(everything):
    """Each name and label that a panel asks for is in a scrape once everything has happened."""
    pytest.importorskip("prometheus_client", reason='needs pip install "context-observe[prometheus]"')
    pytest.importorskip("opentelemetry.exporter.prometheus")
    with prometheus_metrics() as metrics, listen(MetricSink(metrics.meter_provider)):
        everything("s")
        text = metrics.text()
    queries = " ".join(target["expr"] for panel in json.loads(dashboard())["panels"] for target in panel["targets"])
    asked = set(re.findall(r"\b(?:context|gen_ai)_\w+", queries))
    assert len(asked) > 25
    missing = {name for name in asked if not re.search(rf"\b{name}\b", text)}
    assert not missing
