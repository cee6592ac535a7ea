"""Decay and recency: how much a node still counts after some time.

Both are functions of the times alone, and change nothing, so asking twice gives the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from context_core.node import Node


def decay(node: Node, now: float, *, rate: float = 0.95, floor: float = 0.1) -> float:
    """Return the share of its weight that a node keeps: `rate` to the power of its age in minutes, at least `floor`.

    System nodes keep all of it, since instructions do not age. So does a node without a time: to guess that it is
    old would hide whole transcripts whose format has no times.

    Args:
        node: the node.
        now: the time to judge from, in seconds since the epoch; before the node's time it counts as that time.
        rate: what is left after a minute, above 0 and at most 1.
        floor: what is always left, from 0 to 1.

    Raises:
        ValueError: rate or floor is out of bounds.

    Example:
        >>> from context_core import Node, NodeType
        >>> node = Node("m/0", NodeType.MESSAGE, "user", "hello", tokens=5, created_at=1_000.0)
        >>> decay(node, 1_000.0), decay(node, 1_060.0), decay(node, 90_000.0)
        (1.0, 0.95, 0.1)
    """
    if not 0 < rate <= 1 or not 0 <= floor <= 1:
        raise ValueError(f"got rate={rate}, floor={floor}; expected a rate above 0 up to 1 and a floor from 0 to 1")
    if node.is_system or node.created_at is None:
        return 1.0
    return max(floor, rate ** (_age(node.created_at, now) / 60))


def recency(node: Node, now: float, *, half_life: float = 600.0) -> float:
    """Return how recent a node is, from 1 (of this moment) towards 0: a half after each half-life.

    It says when, where `decay` says what still counts: it has no floor, and no exception for system nodes. A node
    without a time is of no known age, which is 0.

    Args:
        node: the node.
        now: the time to judge from, in seconds since the epoch.
        half_life: in seconds, above 0.

    Raises:
        ValueError: half_life is not above 0.

    Example:
        >>> from context_core import Node, NodeType
        >>> node = Node("m/0", NodeType.MESSAGE, "user", "hello", tokens=5, created_at=1_000.0)
        >>> recency(node, 1_000.0), recency(node, 1_600.0)
        (1.0, 0.5)
    """
    if half_life <= 0:
        raise ValueError(f"got half_life={half_life}; expected seconds above 0")
    return 0.0 if node.created_at is None else 0.5 ** (_age(node.created_at, now) / half_life)


def _age(created_at: float, now: float) -> float:
    return max(0.0, now - created_at)
