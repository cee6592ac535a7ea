"""An estimate of the tokens of any stretch of some texts, from the kinds of its bytes.

Least squares over 30,000 lines of real sessions, counted with o200k: half of the lines are off by less than 10 %, where
the estimates correlate with the counts by 0.98, bytes alone by 0.94. It takes half the time of counting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


def _table() -> Any:
    table = np.full(256, 0.52)
    table[ord("a") : ord("z") + 1] = 0.19
    table[ord("A") : ord("Z") + 1] = 0.34
    table[ord("0") : ord("9") + 1] = 0.75
    table[[ord(" "), ord("\t")]] = 0.17
    table[ord("\n")] = 1.13
    table[128:] = 0.40
    return table


_TABLE = _table()


class ByteTokens:
    """Estimates tokens.

    Args:
        texts: in UTF-8.

    Example:
        >>> weighed = ByteTokens([b"a plain line\\n", b"x"])
        >>> weighed.tokens(np.array([0]), np.array([0]), np.array([13])).round(1).tolist()
        [3.4]
    """

    def __init__(self, texts: Sequence[bytes]) -> None:
        data = np.frombuffer(b"".join(texts), np.uint8)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        self._offsets = np.concatenate(([0], np.cumsum(lengths)))
        self._sums = np.concatenate(([0.0], np.cumsum(_TABLE[data])))

    def tokens(self, text: Any, start: Any, end: Any) -> Any:
        """Return about the tokens of each stretch, given by the number of its text and its bytes there."""
        at = self._offsets[text]
        return self._sums[at + end] - self._sums[at + start]
