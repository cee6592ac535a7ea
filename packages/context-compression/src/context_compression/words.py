"""The words of many texts at once, as arrays: where each stands, a hash of it, and what its form tells.

1. The texts are laid end to end as bytes, and each byte is put into a class: lower case, capital, digit, joiner, other.
2. A word is a longest run of word bytes and joiners (``.``, ``/``, ``-``) without joiners at its ends; a letter of a
   JSON escape such as ``\\n`` is none.
3. Its hash is a polynomial in its bytes, from prefix sums, so that all words, and all endings of paths and dotted
   names, are hashed in a few array operations (Karp and Rabin, "Efficient randomized pattern-matching algorithms", IBM
   Journal of Research and Development 31(2), 1987; modulo 2**64, since a collision costs a weight and no more).
4. A word is a *value* where its form tells it from plain words: a digit, a joiner, an underscore, or capitals inside.
   The ending of a path behind each of its last slashes, and of a dotted name behind its last dot, is a value too.

A text of n bytes takes some 45 n bytes while it is read; texts are read in pieces of `PIECE` bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MIN_BYTES = 4
"""A shorter value stands everywhere by chance."""
MAX_BYTES = 200
"""A longer word is data (base64, a minified line), not a name."""
PIECE = 1 << 17
"""Bytes read at once, of whole texts; a longer text is one piece."""
_ENDINGS = 4
"""How many of a path's endings are values; a file is rarely named by more of its folders."""
_NEAR = 4
"""Bytes between a word and the one before it at most: ``": "`` of JSON."""
_BASE = np.uint64(0x9E3779B97F4A7C15)
_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
_MIX = np.uint64(0xBF58476D1CE4E5B9)

OTHER, LOWER, UPPER, DIGIT, UNDERSCORE, JOINER = range(6)


def _classes() -> NDArray[np.uint8]:
    table = np.full(256, OTHER, np.uint8)
    table[ord("a") : ord("z") + 1] = LOWER
    table[ord("A") : ord("Z") + 1] = UPPER
    table[ord("0") : ord("9") + 1] = DIGIT
    table[128:] = LOWER
    table[ord("_")] = UNDERSCORE
    table[[ord("."), ord("/"), ord("-")]] = JOINER
    return table


def _kinds() -> NDArray[np.uint8]:
    table = np.zeros(256, np.uint8)
    for sign in range(256):
        lower = chr(sign).islower() or sign >= 128
        table[sign] = _SMALL * lower | _CAPITAL * (65 <= sign <= 90) | _DIGIT * (48 <= sign <= 57)
    for sign, kind in zip("_/.-", (_UNDERSCORE, _SLASH, _DOT, _DASH), strict=True):
        table[ord(sign)] = kind
    return table


_DIGIT, _CAPITAL, _UNDERSCORE, _SLASH, _DOT, _DASH, _SMALL = (1 << place for place in range(7))
_FORM = _SMALL - 1
_CLASSES = _classes()
_KINDS = _kinds()
_ESCAPED = np.isin(np.arange(256), [ord(sign) for sign in "bfnrtu"])


@dataclass(frozen=True, slots=True)
class Words:
    """The values in some texts, one row each time one stands there, by text, then by place.

    Attributes:
        text: number of the text.
        start: where it begins, in bytes of the text's UTF-8.
        end: where it ends.
        key: its hash.
        is_whole: whether it stands there by itself, rather than as the ending of a longer one.
        form: bits that tell its form, see `FORMS`.
        left: the hash of the word just before it, such as the key in JSON or a keyword in code; 0 where there is none.
    """

    text: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    key: NDArray[np.uint64]
    is_whole: NDArray[np.bool_]
    form: NDArray[np.uint8]
    left: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.key)


FORMS = ("digits", "capitals", "underscore", "slash", "dot", "dash", "number", "camel")
"""The bits of `Words.form`, from the lowest: it has digits, capitals, …; it is a number; it has capitals inside."""


_COLUMNS = (
    ("text", np.int64),
    ("start", np.int64),
    ("end", np.int64),
    ("key", np.uint64),
    ("is_whole", np.bool_),
    ("form", np.uint8),
    ("left", np.uint64),
)


def words(texts: Sequence[bytes]) -> Words:
    """Return the values of texts.

    Args:
        texts: in UTF-8.

    Example:
        >>> found = words([b"see src/io_util.py and order ORD-17", b"io_util.py"])
        >>> [texts[t][s:e] for texts in [(b"see src/io_util.py and order ORD-17", b"io_util.py")]
        ...     for t, s, e in zip(found.text, found.start, found.end)]
        [b'src/io_util.py', b'io_util.py', b'ORD-17', b'io_util.py']
        >>> bool(found.key[1] == found.key[3])
        True
    """
    parts: list[Words] = []
    first = size = 0
    for number, text in enumerate(texts):
        size += len(text)
        if size >= PIECE or number == len(texts) - 1:
            parts.append(_read(texts[first : number + 1], first))
            first, size = number + 1, 0
    columns: list[Any] = [
        np.concatenate([getattr(part, name) for part in parts]) if parts else np.empty(0, kind)
        for name, kind in _COLUMNS
    ]
    return Words(*columns)


def _read(texts: Sequence[bytes], first: int) -> Words:
    data = np.frombuffer(b"\n".join(texts) + b"\n", np.uint8)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    classes = _CLASSES[data]
    _drop_escapes(data, classes, texts, offsets)
    start, end = _runs(classes)
    word, ending = _endings(data, start, end)
    hashes = _Hashes(data)
    left = _left(data, start, end, hashes)
    left = np.concatenate((left, left[word]))
    whole = np.arange(len(left)) < len(start)
    start, end = np.concatenate((start, ending)), np.concatenate((end, end[word]))
    form, is_value = _forms(data, start, end)
    rows = np.flatnonzero(is_value & (end - start >= MIN_BYTES) & (end - start <= MAX_BYTES))
    rows = rows[np.argsort(start[rows], kind="stable")]
    start, end = start[rows], end[rows]
    text = np.searchsorted(offsets, start, "right") - 1
    at = offsets[text]
    return Words(text + first, start - at, end - at, hashes(start, end), whole[rows], form[rows], left[rows])


def _drop_escapes(data: Any, classes: Any, texts: Sequence[bytes], offsets: Any) -> None:
    """Take the letter behind a backslash out of the words of texts that are JSON."""
    is_json = np.fromiter((text.lstrip()[:1] in (b"{", b"[", b'"') for text in texts), np.bool_, len(texts))
    if not is_json.any():
        return
    at = np.flatnonzero(data[:-1] == ord("\\")) + 1
    at = at[_ESCAPED[data[at]]]
    at = at[is_json[np.searchsorted(offsets, at, "right") - 1]]
    classes[at] = OTHER


def _runs(classes: Any) -> tuple[Any, Any]:
    """Return the starts and ends of the words, without joiners at their ends."""
    inside = classes != OTHER
    edges = np.flatnonzero(np.diff(inside, prepend=False, append=False))
    start, end = edges[::2], edges[1::2]
    is_sign = inside & (classes != JOINER)
    places = np.flatnonzero(is_sign)
    before = np.concatenate(([0], np.cumsum(is_sign)))
    first, last = before[start], before[end] - 1
    real = first <= last
    return places[first[real]], places[last[real]] + 1


def _endings(data: Any, start: Any, end: Any) -> tuple[Any, Any]:
    """Return the words with slashes and dots, and the starts of what stands behind their last ones."""
    found: list[tuple[Any, Any]] = []
    for sign, count in ((ord("/"), _ENDINGS), (ord("."), 1)):
        at = np.flatnonzero(data == sign)
        word = np.searchsorted(start, at, "right") - 1
        inside = (word >= 0) & (at < end[word]) if len(start) else np.zeros(len(at), np.bool_)
        at, word = at[inside], word[inside]
        last = np.searchsorted(word, word, "right")
        is_late = last - np.arange(len(at)) <= count
        found.append((word[is_late], at[is_late] + 1))
    return np.concatenate([word for word, _ in found]), np.concatenate([at for _, at in found])


def _left(data: Any, start: Any, end: Any, hashes: _Hashes) -> Any:
    """Return the hash of the word that stands just before each one, 0 where none does on its line."""
    own = hashes(start, end)
    left = np.concatenate((np.zeros(1, np.uint64), own[:-1]))
    gap = start - np.concatenate(([-_NEAR - 1], end[:-1]))
    is_apart = (gap > _NEAR) | (data[start - 1] == ord("\n"))
    left[is_apart] = 0
    return left


def _forms(data: Any, start: Any, end: Any) -> tuple[Any, Any]:
    """Return the form of each word, and whether it is a value."""
    kinds = _KINDS[data]
    all_of, rest = _union(kinds, start, end), _union(kinds, start + 1, end)
    is_number = (all_of & ~np.uint8(_DIGIT | _DOT | _DASH)) == 0
    is_camel = (rest & _CAPITAL != 0) & (all_of & _SLASH == 0) & (all_of & _SMALL != 0)
    form = (all_of & _FORM) | is_number.astype(np.uint8) << 6 | is_camel.astype(np.uint8) << 7
    is_value = (all_of & (_FORM & ~_CAPITAL) != 0) | (rest & _CAPITAL != 0)
    return form, is_value


def _union(kinds: Any, start: Any, end: Any) -> Any:
    """Return for each stretch the union of the kinds of its bytes; that of an empty one is of its first byte."""
    if not len(start):
        return np.empty(0, np.uint8)
    order = np.argsort(start, kind="stable")
    edges = np.stack((start[order], end[order]), axis=1).ravel()
    found = np.empty(len(start), np.uint8)
    found[order] = np.bitwise_or.reduceat(kinds, np.minimum(edges, len(kinds) - 1))[::2]
    return found


@lru_cache(maxsize=4)
def _powers(bits: int) -> tuple[Any, Any]:
    """Return the powers of the base and of its inverse for 2**bits bytes."""
    count = 1 << bits
    return np.multiply.accumulate(np.full(count, _BASE)), np.multiply.accumulate(np.full(count, _INVERSE))


class _Hashes:
    """Hashes stretches of bytes."""

    def __init__(self, data: Any) -> None:
        powers, self._inverse = _powers(len(data).bit_length())
        self._sums = np.zeros(len(data) + 1, np.uint64)
        np.cumsum((data.astype(np.uint64) + np.uint64(1)) * powers[: len(data)], out=self._sums[1:])

    def __call__(self, start: Any, end: Any) -> Any:
        hashes = (self._sums[end] - self._sums[start]) * self._inverse[start]
        hashes ^= hashes >> np.uint64(31)
        hashes *= _MIX
        return hashes ^ hashes >> np.uint64(29)


def key_of(word: str) -> int:
    """Return the hash of a word.

    Example:
        >>> key_of("io_util.py") == int(words([b"see io_util.py"]).key[0])
        True
    """
    data = np.frombuffer(word.encode("utf-8", "surrogatepass"), np.uint8)
    return int(_Hashes(data)(np.array([0]), np.array([len(data)]))[0])
