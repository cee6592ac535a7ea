"""The curve as a drawing: lines, thresholds and marks in their places, in the units of an SVG.

The template draws what is placed here; a narrow drawing is made for narrow screens, as letters do not shrink with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from context_observe.html_report.downsample import downsample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from context_core import TokenBudget
    from context_observe.html_report.course import Course, Mark, Point

REACH = 1.7
"""Thresholds higher than this many times the curve are told of and not drawn: the curve would lie flat."""
MARK_GAP = 20.0
"""Units between two numbers of marks; a mark nearer to the last number has none."""
LINE_HEIGHT = 14.0
"""Units between two texts, one above the other."""
_DAY = 86_400.0
_SPANS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, _DAY)


@dataclass(frozen=True, slots=True)
class Size:
    """The frame of a drawing, in its own units."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    ticks: int


WIDE = Size(1080, 320, left=58, right=128, top=30, bottom=30, ticks=8)
NARROW = Size(400, 260, left=46, right=10, top=30, bottom=28, ticks=4)


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid: where it stands, and what it says."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold's line.

    Attributes:
        level: its name.
        at: its height.
        text_at: the height of what it says, apart from that of others.
        text: what it says.
        is_drawn: whether it lies within the picture.
    """

    level: str
    at: float
    text_at: float
    text: str
    is_drawn: bool


@dataclass(frozen=True, slots=True)
class Drop:
    """A mark in its place: its number where there is room for it, its kind, and the heights before and after."""

    number: int | None
    kind: str
    at: float
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of a course.

    Attributes:
        size: its frame.
        line: path of the window's tokens.
        area: path of what lies below that line.
        whole: path of what they would be without compression; empty where nothing was compressed.
        x_ticks: along the time.
        y_ticks: along the tokens.
        thresholds: of the budget, where one is given.
        drops: compressions, recaps and branches.
        first: the step or the time at the left side.
        last: the step or the time at the right side.
        top_tokens: the tokens at the upper side.
    """

    size: Size
    line: str
    area: str
    whole: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    thresholds: tuple[Threshold, ...]
    drops: tuple[Drop, ...]
    first: float
    last: float
    top_tokens: float


def chart(told: Course, budget: TokenBudget | None, size: Size, *, by_time: bool = False) -> Chart:
    """Return a course as a drawing.

    Args:
        told: has at least one point.
        budget: whose thresholds are drawn, where one is given.
        size: the frame.
        by_time: place points by their time, not by their step; every point needs a time then.
    """
    along = _by_time(told) if by_time else _by_step
    first, last = along(told.points[0]), along(told.points[-1])
    highest = max(point.whole_tokens if point.whole_tokens > point.tokens else point.tokens for point in told.points)
    levels = _levels(budget)
    top = max([highest, *(tokens for _, tokens in levels if tokens <= REACH * highest)], default=1) * 1.06 or 1.0

    def x(value: float) -> float:
        share = (value - first) / (last - first) if last > first else 0.5
        return size.left + share * (size.width - size.left - size.right)

    def y(tokens: float) -> float:
        return size.top + (1 - tokens / top) * (size.height - size.top - size.bottom)

    line = _path(told.points, lambda p: x(along(p)), lambda p: y(p.tokens))
    ground = y(0)
    is_compressed = any(point.whole_tokens != point.tokens for point in told.points)
    texts = _clock(first, last, size.ticks) if by_time else _round_ticks(first, last, size.ticks)
    return Chart(
        size,
        line,
        f"{line}L{x(last):.1f} {ground:.1f}L{x(first):.1f} {ground:.1f}Z",
        _path(told.points, lambda p: x(along(p)), lambda p: y(p.whole_tokens)) if is_compressed else "",
        tuple(Tick(x(value), text) for value, text in texts),
        tuple(Tick(y(value), _short(value)) for value, _ in _round_ticks(0, top, 5)),
        _thresholds(levels, top, y),
        tuple(_drops(told, along, x, y)),
        first,
        last,
        top,
    )


def samples(told: Course, columns: int) -> list[Point]:
    """Return the points that a reader can point at."""
    width = max(1, told.steps)
    return downsample(told.points, lambda p: p.step * columns / width, lambda p: p.tokens)


def _by_step(point: Point) -> float:
    return float(point.step)


def _by_time(told: Course) -> Callable[[Point], float]:
    """Return where each point stands in time; one that is dated before the point ahead of it stands beside that."""
    places: dict[int, float] = {}
    latest = min(point.at for point in told.points if point.at is not None)
    for point in told.points:
        latest = max(latest, point.at if point.at is not None else latest)
        places[id(point)] = latest
    return lambda point: places[id(point)]


def _path(points: Sequence[Point], x: Callable[[Point], float], y: Callable[[Point], float]) -> str:
    kept = downsample(points, x, y)
    return "M" + "L".join(f"{x(point):.1f} {y(point):.1f}" for point in kept)


def _drops(
    told: Course, along: Callable[[Point], float], x: Callable[[float], float], y: Callable[[float], float]
) -> list[Drop]:
    at = {point.step: x(along(point)) for point in told.points}
    drops: list[Drop] = []
    free = float("-inf")
    for number, mark in enumerate(told.marks, 1):
        place = at[mark.step]
        has_room = place >= free
        free = place + MARK_GAP if has_room else free
        drops.append(_drop(mark, number if has_room else None, place, y))
    return drops


def _drop(mark: Mark, number: int | None, place: float, y: Callable[[float], float]) -> Drop:
    return Drop(number, mark.kind, place, y(mark.tokens_before), y(mark.tokens_after))


def _levels(budget: TokenBudget | None) -> list[tuple[str, float]]:
    """Return the tokens of a window at which each level of a budget is reached; its reserve counts as used."""
    if budget is None:
        return []
    shares = (
        ("warning", budget.warning_threshold),
        ("trigger", budget.trigger_threshold),
        ("critical", budget.critical_threshold),
        ("budget", 1.0),
    )
    return [(level, max(0.0, share * budget.total_tokens - budget.reserve_tokens)) for level, share in shares]


def _thresholds(levels: Sequence[tuple[str, float]], top: float, y: Callable[[float], float]) -> tuple[Threshold, ...]:
    """Return the thresholds, the lowest first; a text too near to the one below it moves up."""
    made: list[Threshold] = []
    free = float("inf")
    for level, tokens in levels:
        is_drawn = tokens <= top
        at = y(tokens) if is_drawn else 0.0
        text_at = min(at, free)
        free = text_at - LINE_HEIGHT if is_drawn else free
        made.append(Threshold(level, at, text_at, f"{level} {tokens:,.0f}", is_drawn))
    return tuple(made)


def _round_ticks(first: float, last: float, count: int) -> list[tuple[float, str]]:
    """Return round values from first to last, about as many as asked for, each with its text."""
    step = _round_step((last - first) / count)
    values = [number * step for number in range(ceil(first / step), floor(last / step) + 1)]
    return [(value, f"{value:,.0f}") for value in values]


def _round_step(step: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, … at or above a step, at least 1."""
    if step <= 1:
        return 1.0
    size = 10.0 ** floor(log10(step))
    return next(factor * size for factor in (1, 2, 5, 10) if factor * size >= step)


def _short(tokens: float) -> str:
    if tokens >= 1_000_000:
        return f"{tokens / 1e6:g}M"
    return f"{tokens / 1e3:g}k" if tokens >= 1_000 else f"{tokens:g}"


def _clock(first: float, last: float, count: int) -> list[tuple[float, str]]:
    """Return round times (UTC) from first to last, each with its text."""
    wanted = (last - first) / count
    step = next((span for span in _SPANS if span >= wanted), None) or ceil(wanted / _DAY) * _DAY
    form = "%H:%M:%S" if step < 60 else "%d %b" if step >= _DAY else "%d %b %H:%M" if last - first > _DAY else "%H:%M"
    values = [number * step for number in range(ceil(first / step), floor(last / step) + 1)]
    return [(value, datetime.fromtimestamp(value, UTC).strftime(form)) for value in values]
