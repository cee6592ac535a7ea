"""ExtractSchemas: of JSON results of one shape, the latest says the keys, and the others their values alone.

1. Texts that are one JSON object, or a list of them, are grouped by their shape (`_shapes`).
2. The latest of a group stays as it is; that is the one that stays in sight longest, and the one to which
   `Deduplicate` points.
3. Each other one becomes its values, in the order of the keys, below a line that names the latest.

The keys of one JSON text alone are said once by `Reencode`, whose tables need no other text.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from context_compression.preserve import Yield
from context_compression.strategies._marks import BASE, Names, is_text, mark, pointed_to, rewrite
from context_compression.strategies._shapes import Shape, shape_of, values_of
from context_compression.strategies._tables import compacted, is_exact
from context_compression.tier import CompressionTier
from context_core.json_text import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_compression.candidate import Candidate
    from context_compression.scope import Scope
    from context_core import Node

_FEWEST = 60
"""Characters of keys that must go: about what the line costs that says where they are."""


@dataclass(frozen=True, slots=True)
class ExtractSchemas:
    """Says the keys of JSON results of one shape once.

    Attributes:
        min_tokens: texts below this are left alone.
    """

    min_tokens: int = 60

    @property
    def name(self) -> str:
        """Its name in manifests."""
        return "extract-schemas"

    @property
    def tier(self) -> CompressionTier:
        """All values, without their keys."""
        return CompressionTier.COMPACTION

    def propose(self, scope: Scope) -> Iterable[Candidate]:
        """Return a rewrite for each text of which a later one says the keys."""
        groups = self._groups(scope)
        stays = _stays(scope)
        names = Names(scope)
        last = {node.id: group[-1][0] for group in groups.values() for node, _ in group[:-1]}
        held = {node.id: (shape, value) for shape, group in groups.items() for node, value in group[:-1]}
        for node in scope.window.nodes:
            if node.id in held and node.id not in stays:
                shape, value = held[node.id]
                said = f"values alone, in the order of the keys of the later {names.of(last[node.id])}"
                content = f"{mark(said, scope.reference(node))}\n{dumps(values_of(value, shape))}"
                found = rewrite(scope, node, content, self.name, self.tier, **{BASE: last[node.id].id})
                if found is not None:
                    yield found

    def _groups(self, scope: Scope) -> dict[Shape, list[tuple[Node, Any]]]:
        """Return the JSON texts of each shape that is worth it, with their values, the oldest first."""
        groups: defaultdict[Shape, list[tuple[Node, Any]]] = defaultdict(list)
        for node in scope.window.nodes:
            if node.tokens >= self.min_tokens and is_text(node) and node.content[:1] in ("{", "["):
                value = _json(node.content)
                shape = shape_of(value)
                if shape is not None and shape.size >= _FEWEST:
                    groups[shape].append((node, value))
        return {shape: group for shape, group in groups.items() if len(group) > 1}


def _stays(scope: Scope) -> set[str]:
    """Return the ids of nodes that must not be rewritten: those that never yield, and those that others point to."""
    texts = Counter(node.content for node in scope.window.nodes if node.type == "tool_result")
    return pointed_to(scope) | {
        node.id for node in scope.window.nodes if scope.yields[node.id] is Yield.NEVER or texts[node.content] > 1
    }


def _json(text: str) -> Any:
    """Return the value of a JSON text, or None where it has none, or one that would be written in another way."""
    try:
        value = loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, (dict, list)) and is_exact(value, compacted(text)) else None
