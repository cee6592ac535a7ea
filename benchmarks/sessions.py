"""Sessions of any size, made up: an agent that looks into files and orders, as real ones do, with values of its own."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from context_core import ContextGraph, Node

_PROSE = (
    "the error comes from where request is parsed before cache was filled so that test fails again with timeout and "
    "value of this field should be checked when user sends an order to service which returns status for each item"
)
_FOLDERS = ("core", "api", "store", "worker", "billing", "search", "auth", "web")


class Speaker:
    """Makes texts of a length; of the values in them a third is new, and of the others the latest are the likeliest.

    Args:
        seed: the same texts for the same seed.
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._values: list[str] = []
        self._words = _PROSE.split()

    def value(self) -> str:
        """Return a path, a symbol or an id, new or said before."""
        draw = self._random
        if self._values and draw.random() > 1 / 3:
            return self._values[-1 - min(len(self._values) - 1, int(draw.expovariate(1 / 200)))]
        number, folder = draw.randrange(10**8), draw.choice(_FOLDERS)
        made = (f"src/{folder}/mod_{number}.py", f"{folder}_{number % 10**6}", f"ORD-{number}", f"{number:08x}a")
        self._values.append(draw.choice(made))
        return self._values[-1]

    def text(self, tokens: int) -> str:
        """Return about as many tokens of text, a value in 25 words: as dense as in real sessions."""
        draw, parts = self._random, list[str]()
        for _ in range(int(tokens / 1.45)):
            parts.append(self.value() if draw.random() < 0.04 else draw.choice(self._words))
        return " ".join(parts)


def steps(graph: ContextGraph, count: int, tokens: int = 500, seed: int = 0) -> Iterator[Node]:
    """Append as many nodes to a graph, one at a time: now and then a user, else a word, a call, and its result.

    Args:
        graph: grows.
        count: nodes to append.
        tokens: about what a result costs; five times what a message does.
        seed: the same session for the same seed.
    """
    speaker = Speaker(seed)
    for number in range(count):
        if number % 3 == 0:
            yield graph.add_message("user" if number % 60 == 0 else "assistant", speaker.text(tokens // 5))
        elif number % 3 == 1:
            yield graph.add_tool_call("look", {"path": speaker.value(), "for": speaker.value()})
        else:
            yield graph.add_tool_result(graph.leaf or "", speaker.text(tokens))
