"""The values in a text: the strings by which one part of a transcript can be seen to use what another one said.

1. A run is a stretch of word characters and of the signs that stand inside paths, addresses and identifiers.
2. A run is split into pieces at the signs that join several values (``key=value``, ``file.go:12``); a URL and an e-mail
   address are one piece.
3. A piece has forms, the whole of it first: a path also goes by its last parts, a dotted name by its tail, a file by
   its name without ending. A form that is not the whole stands *inside* a longer name.
4. Forms that chance makes are left out: short ones, short numbers, plain words in lower case.

Work and memory are linear in the text: a run of n characters has at most eight forms a piece.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MIN_CHARS = 4
"""A shorter one stands everywhere by chance."""
MAX_CHARS = 200
"""A longer form is data (base64, a minified line), not a name."""
_RUN = re.compile(r"[\w~./@$#-][\w./@:+~#$%=&?-]*")
_RUN_OF_JSON = re.compile(r"(?:(?<!\\)|(?<=\\)(?![bfnrtu]))" + _RUN.pattern)
"""The look-behinds keep the letter of an escape such as ``\\n`` out of the run behind it."""
_JSON = ("{", "[", '"')
_ASCII = re.compile(r"[!-~]+")
_UNSPACED = "\u2e80"
"""From here on lie the scripts that are written without spaces between words: Chinese, Japanese, Korean."""
_PIECE = re.compile(r"[^:=&?#%+~$@]+")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINE = re.compile(r"(?P<path>[\w./-]*?\.\w+)(?:(?::\d+){1,2}|-\d+)")
"""A place in a file as compilers write it, and as grep does around a match."""
_ENDS = "-.#$@:+~=&?%/"
_ENDINGS = 4
"""How many of a path's shorter endings are told apart; a file is rarely named by more of its folders."""


class Form(NamedTuple):
    """One way in which a piece of text can be named.

    Attributes:
        text: the name.
        start: characters from the start of the run.
        is_whole: whether it names the thing as it stands there; False for a part of a longer name.
        key: what posting lists know it by.
    """

    text: str
    start: int
    is_whole: bool
    key: int


class Value(NamedTuple):
    """One piece of a text, with all its forms.

    Attributes:
        forms: the whole first, then ever shorter ones.
        offset: characters from the start of the text to the start of the run; None where it is not known.
    """

    forms: tuple[Form, ...]
    offset: int | None


def values(text: str) -> Iterator[Value]:
    """Yield the values of a text in the order in which they first stand there, each once.

    Example:
        >>> [value] = values("see my_pkg/io_util.py:12, please; my_pkg/io_util.py:12")
        >>> [form.text for form in value.forms]
        ['my_pkg/io_util.py:12', 'my_pkg/io_util.py', 'io_util.py', 'io_util']
    """
    seen: set[str] = set()
    at = 0
    pattern = _RUN_OF_JSON if text.lstrip()[:1] in _JSON else _RUN
    for run in pattern.findall(text):  # strings, not matches: half the time, and of most runs no place is needed
        if len(run) < MIN_CHARS or (run.islower() and run.isalpha()):
            continue
        at = text.find(run, at)
        if run not in seen:
            seen.add(run)
            for forms in _pieces(run) if len(run) <= MAX_CHARS else _split(run):
                yield Value(forms, at)
        at += len(run)


def key_of(name: str, *, is_whole: bool) -> int:
    """Return 64 bits, not 0, for a name by itself, or as part of a longer one: two different keys.

    Python's own hash: the same within a process, which no key leaves.
    """
    return hash((name, is_whole)) % 0xFFFFFFFFFFFFFFFF + 1


def is_value(text: str) -> bool:
    """Return whether a string is told from others by its form: long enough, and no plain word or short number.

    Example:
        >>> [text for text in ("order_id", "the", "Zürich", "1234", "19122", "v1.4.2", "read-only") if is_value(text)]
        ['order_id', 'Zürich', '19122', 'v1.4.2', 'read-only']
    """
    length = len(text)
    if not MIN_CHARS <= length <= MAX_CHARS:
        return False
    if text.isalpha():
        return not text.islower()
    digits = sum(map(str.isdigit, text))
    if digits == length:
        return length >= 5
    if digits and not text[0].isalpha():
        return length >= 5 and (digits >= 4 or length - digits >= 3)
    if digits == 0 and ("." in text or "/" in text):
        return True
    is_kebab = not digits and "-" in text and not any(sign in text for sign in "_/.")
    return length >= (8 if is_kebab else 5)


def is_word(text: str) -> bool:
    """Return whether a value is a word with a capital: a name to a person, and a plain word at the start of a sentence.

    Example:
        >>> is_word("Yusuf"), is_word("ReadFile"), is_word("README")
        (True, False, True)
    """
    return text.isalpha() and (text.isupper() or text[1:].islower())


@lru_cache(maxsize=1 << 14)
def _pieces(run: str) -> tuple[tuple[Form, ...], ...]:
    """Return the forms of each piece of a run of at most `MAX_CHARS`. A cache, as most runs are said again."""
    return _split(run)


def _split(run: str) -> tuple[tuple[Form, ...], ...]:
    run = run.rstrip(_ENDS)
    address = _EMAIL.search(run) if "@" in run and "/" not in run else None
    if address is not None:
        found = [[_form(address[0], address.start(), True)]]
    elif "://" in run:
        parts = re.finditer(r"[^/?&=#:]+", run)
        found = [[_form(run, 0, True)], *([_form(part[0], part.start(), False)] for part in parts if part.start())]
    else:
        place = _LINE.fullmatch(run)
        if place is not None:
            found = [[_form(run, 0, True), *_forms(place["path"], 0)]]
        else:
            found = [forms for part in _PIECE.finditer(run) for forms in _words(part[0], part.start())]
    pieces = (tuple(form for form in forms if is_value(form.text)) for forms in found)
    return tuple(forms for forms in pieces if forms)


def _words(piece: str, start: int) -> Iterator[list[Form]]:
    """Yield the forms of a piece; of one in which a name stands between unspaced words, those of the name."""
    is_mixed = not piece.isascii() and max(piece) >= _UNSPACED
    names = [part for part in _ASCII.finditer(piece) if is_value(part[0])] if is_mixed else []
    for part in names:
        yield _forms(part[0], start + part.start())
    if not names:
        yield _forms(piece, start)


def _forms(piece: str, start: int) -> list[Form]:
    """Return the names of a piece: itself, the endings of its path, its folder, the tails and the stem of its name."""
    name = piece.lstrip("-")
    start += len(piece) - len(name)
    name = name.rstrip("-./")
    if "/" not in name and "." not in name:
        return [_form(name, start, True)]
    slashes = [at for at, sign in enumerate(name) if sign == "/"]
    base = slashes[-1] + 1 if slashes else 0
    dots = [at for at in range(base + 1, len(name) - 1) if name[at] == "." and not name[at + 1].isdigit()]
    cuts = [*slashes[-_ENDINGS:], *dots[-_ENDINGS:]]
    forms = [_form(name[at + 1 :], start + at + 1, False) for at in cuts]
    if len(slashes) > 1:
        forms.append(_form(name[: slashes[-1]], start, False))
    if dots:
        forms.append(_form(name[base : dots[-1]], start + base, False))
    longest_first = sorted({form.text: form for form in forms}.values(), key=lambda form: -len(form.text))
    return [_form(name, start, True), *(form for form in longest_first if form.text != name)]


def _form(text: str, start: int, is_whole: bool) -> Form:
    return Form(text, start, is_whole, key_of(text, is_whole=is_whole))
