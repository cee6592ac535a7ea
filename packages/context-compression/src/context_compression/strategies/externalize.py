"""ExternalizePayloads: large content goes behind a pointer, with a verbatim preview.

1. Every part that may yield gets a ladder of candidates: previews of falling length, the pointer alone last.
2. A call's arguments stay valid JSON; thinking is dropped whole with its signature; an image is a pointer alone.
3. The loss of a candidate is what it cuts, weighed by what it is and how recent; the shorter the preview, the more a
   further cut weighs, since what is kept to the last says what the rest is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_compression.candidate import Candidate
from context_compression.pointers import pointer
from context_compression.preserve import Yield
from context_compression.preview import cut_arguments, cut_text
from context_compression.tier import CompressionTier
from context_core import Node, NodeType, part_tokens
from context_core.json_text import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from context_compression.scope import Scope

_LADDER = ((1_600, 1.0), (640, 1.5), (240, 2.5), (80, 4.0), (0, 6.0))
"""Characters kept, and how much a token cut on that step weighs."""
_ARGUMENT_LADDER = ((1_600, 1.0), (400, 2.0), (120, 4.0), (40, 8.0))
"""As `_LADDER`, for each string of a call's arguments."""
_ALL_ARGUMENTS_WEIGHT = 20.0
"""How much a token weighs that goes with the last of a call's arguments; asked only with users' words, since what was
called then stands there no more, and a summary of the call says more."""
_WEIGHTS = {"thinking": 0.3, "image": 0.1, "result": 1.0, "call": 1.5, "text": 5.0}
"""How much a cut token weighs: an agent's words are few and say why; thinking repeats what the words say."""
_DROPPED = ("kind", "fields", "envelope", "arguments")


@dataclass(frozen=True, slots=True)
class ExternalizePayloads:
    """Puts large contents behind pointers.

    Attributes:
        min_tokens: parts below this are left alone.
    """

    min_tokens: int = 40

    @property
    def name(self) -> str:
        """Its name in manifests."""
        return "externalize-payloads"

    @property
    def tier(self) -> CompressionTier:
        """A pointer with a verbatim preview."""
        return CompressionTier.LOSSLESS

    def propose(self, scope: Scope) -> Iterable[Candidate]:
        """Return ladders of ever shorter previews for all parts that may yield."""
        recency = scope.recency()
        for node in scope.window.nodes:
            yields = scope.yields[node.id]
            if yields is not Yield.NEVER and node.tokens >= self.min_tokens and _may_be_cut(node):
                weight = _WEIGHTS[_sort(node)] * (1 + 3 * recency[node.id] ** 2) * (1 + scope.likeness(node))
                yield from self._ladder(node, yields, weight, scope)

    def _ladder(self, node: Node, yields: Yield, weight: float, scope: Scope) -> Iterator[Candidate]:
        tokens, loss = node.tokens, 0.0
        for after, step_weight in _steps(node, scope):
            saved = tokens - after.tokens
            if saved <= 0:
                continue
            loss += weight * step_weight * saved
            tokens = after.tokens
            last = max(yields, Yield.USER) if step_weight == _ALL_ARGUMENTS_WEIGHT else yields
            yield Candidate(self.name, self.tier, (node,), after, after.tokens, loss, last)


def _sort(node: Node) -> str:
    if node.kind != "text":
        return node.kind if node.kind in _WEIGHTS else "text"
    return {NodeType.TOOL_CALL: "call", NodeType.TOOL_RESULT: "result"}.get(node.type, "text")


def _may_be_cut(node: Node) -> bool:
    """Return whether the part can stand as text: a provider's own tool blocks come in pairs that must not part."""
    if node.type is NodeType.SUMMARY:
        return False
    return node.kind != "other" or '"type":"document"' in node.content[:200]


def _steps(node: Node, scope: Scope) -> Iterator[tuple[Node, float]]:
    reference = scope.reference(node)
    original_tokens: int = node.metadata.get("original_tokens", node.tokens)
    mark = pointer(reference, original_tokens)
    for text, weight in _texts(node, mark):
        if mark not in text:
            continue
        kept = {key: value for key, value in node.metadata.items() if key not in _DROPPED}
        tokens = part_tokens(scope.counter, text, tool_name=node.tool_name, call_id=node.call_id)
        metadata = {**kept, **_call_fields(node), "elided": reference, "original_tokens": original_tokens}
        yield node.evolve(content=text, tokens=tokens, metadata=metadata), weight


def _texts(node: Node, mark: str) -> Iterator[tuple[str, float]]:
    if node.kind in ("image", "other"):
        yield mark, 1.0
        return
    if node.type is NodeType.TOOL_CALL and not _is_free_text(node):
        for max_chars, weight in _ARGUMENT_LADDER:
            yield cut_arguments(_without_mark(node.content, mark), max_chars, mark), weight
        yield dumps({"cut": mark}), _ALL_ARGUMENTS_WEIGHT
        return
    plain = _without_mark(node.content, mark)
    for max_chars, weight in _LADDER:
        yield cut_text(plain, max_chars, mark), weight


def _without_mark(text: str, mark: str) -> str:
    """Return the preview of an earlier compression without its pointer, so that a shorter one has just one."""
    return text.replace(f"{mark}\n", "").replace(f"{mark}\\n", "").replace(f"\n{mark}", "").replace(mark, "")


def _is_free_text(call: Node) -> bool:
    return call.metadata.get("fields", {}).get("type") == "custom"


def _call_fields(node: Node) -> dict[str, object]:
    """Return a call's own fields, which say how its arguments are written."""
    is_call = node.type is NodeType.TOOL_CALL and "fields" in node.metadata
    return {"fields": node.metadata["fields"]} if is_call else {}
