"""From what was gathered to HTML: the template, its style and its script, all in one text.

The page forbids itself every request. Its one style and its one script are named in its policy by their hashes, so
that nothing else runs, even where a text of a transcript should ever reach the page as more than text.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from context_observe.html_report.chains import BOX_HEIGHT, BOX_WIDTH, COLUMN, MAX_CAUSES, ROW

if TYPE_CHECKING:
    from collections.abc import Mapping

_POLICY = "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"


def page(told: Mapping[str, Any]) -> str:
    """Return the page that tells what was gathered.

    Args:
        told: what `page.html` asks for; a name that is missing is an error.
    """
    style, script = _text("report.css"), _text("report.js")
    environment = Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"n": number, "share": share, "clock": clock, "took": took, "cut": cut}
    return environment.get_template("page.html").render(
        **told,
        style=Markup(style),  # ours, as the script is; all else is escaped
        script=Markup(script),
        policy=_POLICY.format(style=_hash(style), script=_hash(script)),
        max_causes=MAX_CAUSES,
        grid={"column": COLUMN, "row": ROW, "width": BOX_WIDTH, "height": BOX_HEIGHT},
    )


def number(value: float) -> str:
    """Return a whole number with commas.

    Example:
        >>> number(12345.6)
        '12,346'
    """
    return f"{value:,.0f}"


def share(value: float) -> str:
    """Return a share as per cent; one that is small and not nothing keeps a digit.

    Example:
        >>> share(0.4567), share(0.0042), share(0)
        ('46%', '0.4%', '0%')
    """
    digits = 1 if 0 < value < 0.0995 else 0
    return f"{100 * value:.{digits}f}%"


def clock(seconds: float | None) -> str:
    """Return a time, in UTC, to the second.

    Example:
        >>> clock(0.0), clock(None)
        ('1970-01-01 00:00:00', '')
    """
    if seconds is None:
        return ""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
    except (OverflowError, ValueError, OSError):
        return f"{seconds:g} s"


def took(seconds: float) -> str:
    """Return a duration in the two units that tell it best.

    Example:
        >>> took(0.25), took(12.34), took(75), took(7260), took(200_000)
        ('0.25 s', '12.3 s', '1 min 15 s', '2 h 1 min', '2 d 7 h')
    """
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    for size, name, small, part in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            return f"{int(seconds // size)} {name} {int(seconds % size // small)} {part}"
    raise AssertionError("every duration has a unit")


def cut(text: str, max_chars: int) -> str:
    """Return a text that has at most so many characters.

    Example:
        >>> cut("a long word", 6), cut("short", 6)
        ('a lon…', 'short')
    """
    return text if len(text) <= max_chars else text[: max_chars - 1] + "…"


def _text(name: str) -> str:
    return files("context_observe.html_report").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
