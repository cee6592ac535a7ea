"""Decay: how much a node still counts after some time. A function of time alone, so asking twice gives the same."""

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
    minutes = max(0.0, now - node.created_at) / 60
    return max(floor, rate**minutes)
