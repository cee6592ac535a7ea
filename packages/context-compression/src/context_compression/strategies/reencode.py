"""Reencode: a text in another form that says the same in fewer tokens.

1. What a terminal shows at the end stands for escapes and progress bars; blanks at line ends go.
2. JSON loses its white space, and lists of like objects become tables (`_tables`); so do lines of JSON.
3. Starts that lines share are said once (`_prefixes`).

Each looks at a few signs first, so a text that none of them fits costs next to nothing. The first line says what was
done, and what, if anything, is no longer in sight.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_compression.strategies._marks import MIN_SAVED, mark, rewrite, texts
from context_compression.strategies._prefixes import MARK, once
from context_compression.strategies._tables import encode
from context_compression.strategies._terminal import shown
from context_compression.tier import CompressionTier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_compression.candidate import Candidate
    from context_compression.scope import Scope

_JSON = re.compile(r"^[ \t]*[\[{]", re.MULTILINE)
_HEAD = 400
"""Characters in which JSON begins, if at all: a tool may write a few lines of its own first."""
_FEWEST = MIN_SAVED + 30
"""Characters that must go before tokens are counted: those that must be saved, and the mark."""


@dataclass(frozen=True, slots=True)
class Reencode:
    """Rewrites texts in forms that say the same in fewer tokens.

    Attributes:
        min_tokens: texts below this are left alone.
        trim: whether empty fields of JSON, and those that servers write for themselves, are left out.
    """

    min_tokens: int = 40
    trim: bool = True

    @property
    def name(self) -> str:
        """Its name in manifests."""
        return "reencode"

    @property
    def tier(self) -> CompressionTier:
        """All of it, in other form."""
        return CompressionTier.LOSSLESS

    def propose(self, scope: Scope) -> Iterable[Candidate]:
        """Return a rewrite for each text that has a shorter form."""
        for node in texts(scope, self.min_tokens):
            text, done = reencoded(node.content, trim=self.trim)
            if done and len(node.content) - len(text) >= _FEWEST:
                said = f"{mark(', '.join(done), scope.reference(node))}\n{text}"
                found = rewrite(scope, node, said, self.name, self.tier)
                if found is not None:
                    yield found


def reencoded(text: str, *, trim: bool = True) -> tuple[str, list[str]]:
    """Return a text in a shorter form, and the words for what was done; none where it has no shorter form.

    Example:
        >>> reencoded('{"id": 1,\\n "name": "one"}')
        ('{"id":1,"name":"one"}', ['compact JSON'])
    """
    done: list[str] = []
    plain = shown(text)
    if plain != text:
        done.append("as a terminal shows it")
    if " \n" in plain or "\t\n" in plain:
        plain = "\n".join([line.rstrip(" \t") for line in plain.split("\n")])
        done = done or ["without blanks at line ends"]
    found = _json(plain, trim) or _shared_starts(plain)
    return (found[0], [*done, *found[1]]) if found is not None else (plain, done)


def _shared_starts(text: str) -> tuple[str, list[str]] | None:
    short = once(text)
    return (
        (short, [f"a line that begins with {MARK} goes on from the one above that ends in {MARK}"]) if short else None
    )


def _json(text: str, trim: bool) -> tuple[str, list[str]] | None:
    """Return a text whose JSON, or lines of JSON, are encoded; None where it holds none."""
    begins = _JSON.search(text[:_HEAD])
    if begins is None:
        return None
    head, body = text[: begins.start()], text[begins.start() :]
    found = encode(body, trim=trim)
    lines = body.split("\n") if found is None else []
    if len(lines) > 2 and lines[0].rstrip().endswith("}") and encode(lines[0]) is not None:
        found = encode(f"[{','.join(filter(None, lines))}]", trim=trim)
        if found is not None and not found.tables:
            found = None
    if found is None:
        return None
    done = ["JSON as tables"] if found.tables else ["compact JSON"]
    if found.dropped:
        done.append(f"{found.dropped} empty or internal fields left out")
    return head + found.text, done
