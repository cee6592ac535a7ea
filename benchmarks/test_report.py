"""The report on a large session: time and bytes, beside the passes over the graph that it cannot do without."""

import pytest

from context_core import causal_chain, health, window
from context_observe import report


@pytest.mark.benchmark(group="report")
class TestReport:
    def test_baseline_window_health_and_chains(self, benchmark, large_graph):
        """The window, its health, and the causes of its last 2,000 nodes, as the page has them; nothing drawn."""

        def passes():
            shown = window(large_graph)
            chains = [causal_chain(large_graph, node.id, max_nodes=16) for node in shown.nodes[-2_000:]]
            return health(shown), chains

        causal_chain(large_graph, large_graph.leaf)  # makes the causes of all that is there
        assert benchmark.pedantic(passes, rounds=3)

    def test_report(self, benchmark, large_graph):
        """The page, of a size that a browser opens at once, however long the session is."""
        causal_chain(large_graph, large_graph.leaf)
        html = benchmark.pedantic(report, args=(large_graph,), kwargs={"budget": 200_000}, rounds=3)
        benchmark.extra_info["bytes"] = len(html.encode())
        assert len(html.encode()) < 2_000_000
