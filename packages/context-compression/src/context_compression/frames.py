"""Frames: what a node costs when nothing of it is kept: its place, its call's name and id, its pointer.

1. Of a call, arguments of up to `SHORT` bytes stay, where together they are not long: a path, a name, a short command.
   Where even the names of its arguments are long, the call is *bare*: its pointer stands in
   the place of all its arguments.
2. An image, or a part that is not interpreted, is bare too.
3. The marks that an earlier compression left in a node go when it is cut again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from context_compression.pointers import GAP, pointer
from context_core import NodeType

if TYPE_CHECKING:
    from context_compression.sight import Sight
    from context_core import TokenCounter

SHORT = 120
"""Bytes of an argument that is never cut alone."""
LONG_FRAME = 200
"""Tokens of short arguments above which they may go too, and of arguments' names above which a call is bare."""
_BARE = 10
"""Tokens of a bare call's JSON and ids, beside its pointer and its name."""
_SAMPLE = "481920553.337104123"


class Frames:
    """What nodes cost when nothing of them is kept.

    Args:
        sight: the window.
        counter: counts tokens.

    Attributes:
        mark: tokens of a pointer.
        gap: tokens of the mark of a further gap.
        tokens: of each node, as it is.
        frame: of each node, with nothing of it kept.
        is_bare: for each node, whether it has a pointer alone when it is cut.
        may_go: for each unit, whether it may go when its node is cut.
        is_mark: for each unit, whether an earlier compression wrote it.
    """

    def __init__(self, sight: Sight, counter: TokenCounter) -> None:
        count, node = len(sight.nodes), sight.unit_node
        self.mark = counter.count(f"\n{pointer(_SAMPLE, 12_345)}\n")
        self.gap = counter.count(f"{GAP}\n")
        self.tokens = np.array([each.tokens for each in sight.nodes], np.int64)
        is_call = np.array([each.type is NodeType.TOOL_CALL for each in sight.nodes], np.bool_)
        sizes = np.array([len(text) for text in sight.texts], np.int64)
        is_short = (is_call[sight.node] & (sizes <= SHORT))[sight.units.text]
        short = np.bincount(node[is_short], sight.tokens[is_short], count)
        is_short &= (short <= LONG_FRAME)[node]
        cut = np.bincount(node[~is_short], sight.tokens[~is_short], count)
        left = self.tokens - np.ceil(cut).astype(np.int64)
        ids = np.array([(len(each.tool_name or "") + len(each.call_id or "")) // 2 for each in sight.nodes], np.int64)
        self.is_bare = np.where(is_call, left > LONG_FRAME + ids, cut == 0)
        self.frame = np.where(self.is_bare, self.mark + _BARE + ids, left + self.mark)
        self.is_mark = _marks(sight)
        self.may_go = ~is_short & ~self.is_bare[node] & ~self.is_mark


def _marks(sight: Sight) -> Any:
    """Return for each unit whether an earlier compression wrote it: a pointer, the mark of a gap, a heading."""
    found = np.zeros(len(sight.units), np.bool_)
    elided = np.array([node.elided is not None for node in sight.nodes], np.bool_)
    for unit in np.flatnonzero(elided[sight.unit_node]).tolist():
        reference = sight.nodes[int(sight.unit_node[unit])].elided
        text = sight.text_of(unit)
        found[unit] = text.strip() == GAP or f"; expand {reference}" in text
    return found
