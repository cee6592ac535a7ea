"""The curve's drawing: what downsampling keeps, and that a chart stays within its frame."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import (
    TokenBudget,
)
from context_observe.html_report.chart import NARROW, WIDE, chart
from context_observe.html_report.course import course
from context_observe.html_report.downsample import downsample


@given(st.lists(st.tuples(st.floats(0, 50), st.integers(0, 1_000)), min_size=1, max_size=400))
def test_downsampling_keeps_the_extremes(points):
    """Of each column the first, the last, the lowest and the highest point stay, in order, and no more than four."""
    points.sort(key=lambda point: point[0])
    kept = downsample(points, lambda point: point[0], lambda point: point[1])
    for column in {int(x) for x, _ in points}:
        all_of = [point for point in points if int(point[0]) == column]
        some = [point for point in kept if int(point[0]) == column]
        assert len(some) <= 4
        assert (some[0], some[-1]) == (all_of[0], all_of[-1])
        heights = [y for _, y in all_of]
        assert {min(heights), max(heights)} <= {y for _, y in some}


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_chart_stays_within_its_frame(size, session, compressed):
    """Lines, thresholds and marks lie in the frame; thresholds far above the curve are not drawn."""
    graph = session()
    store = compressed(graph)
    told = course(graph, store.manifest("s"), store.history("s"))
    drawn = chart(told, TokenBudget(2_500), size)
    numbers = [tuple(map(float, pair.split())) for pair in re.findall(r"[\d.]+ [\d.]+", drawn.line + drawn.whole)]
    assert all(0 <= x <= size.width and 0 <= y <= size.height for x, y in numbers)
    assert [level.is_drawn for level in drawn.thresholds] == [True, True, True, False]
    assert [drop.number for drop in drawn.drops] == [1]
    high = chart(told, TokenBudget(1_000_000), size)
    assert not any(level.is_drawn for level in high.thresholds)
