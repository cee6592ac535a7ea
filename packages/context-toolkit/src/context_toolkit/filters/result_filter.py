"""ResultFilter: rules for tools' results, and what a result looks like under them.

1. An envelope around JSON is taken off, so that paths match what is inside.
2. The tool's `keep` and `drop` say what stays.
3. What says nothing is cleaned away, unless the rule says not to.
4. Caps cut what is still too long.

A result that is not JSON has its encoded bytes told by length, and is cut to the cap; so has JSON that is nested too
deep, or has a key twice. Numbers keep all their digits, though `1.10` becomes `1.1`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from context_core import counter_for
from context_core.json_text import dumps
from context_toolkit.filters.caps import capped, ends_of
from context_toolkit.filters.cleaning import Cleaning
from context_toolkit.filters.exact import exact
from context_toolkit.filters.paths import compiled, dropped, kept
from context_toolkit.filters.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from context_core import TokenCounter


@dataclass(frozen=True, slots=True)
class Filtered:
    """A result under a rule.

    Attributes:
        text: what is left; the result itself, where nothing was left out.
        done: what was done, in words; empty where nothing was.
    """

    text: str
    done: tuple[str, ...]


class ResultFilter:
    """Leaves out of results what rules name.

    Args:
        rules: one a tool, by its name.
        default: the rule for all other tools; None leaves them alone.
        counter: counts tokens for `max_tokens`; o200k unless given.

    Raises:
        ValueError: a path of a rule is no JSONPath.
        MissingExtraError: a rule has paths, and the extra ``jsonpath`` is not installed.

    Example:
        >>> filtered = ResultFilter().filtered('{"id": 7, "note": null, "tags": []}')
        >>> filtered.text, filtered.done
        ('{"id":7}', ('empty fields (2)',))
    """

    def __init__(
        self,
        rules: Mapping[str, Rule] | None = None,
        default: Rule | None = Rule(),  # noqa: B008 - frozen
        *,
        counter: TokenCounter | None = None,
    ) -> None:
        self._rules = dict(rules or {})
        self._default = default
        self._counter = counter
        every = [rule for rule in (*self._rules.values(), default) if rule is not None]
        self._paths = {path: compiled([path])[0] for rule in every for path in (*rule.keep, *rule.drop)}

    def filtered(self, text: str, tool: str | None = None) -> Filtered:
        """Return a result of a tool as its rule leaves it."""
        rule = self._rules.get(tool or "", self._default)
        if rule is None:
            return Filtered(text, ())
        cleaning = Cleaning()
        left = self._left(text, rule, cleaning)
        if rule.max_tokens is not None:
            ends = ends_of(left, self._counter or counter_for(), rule.max_tokens)
            cleaning.done["result cut to its ends"] += ends != left
            left = ends
        done = tuple(f"{what} ({count:,})" for what, count in cleaning.done.items() if count)
        return Filtered(left, done) if done else Filtered(text, ())

    def _left(self, text: str, rule: Rule, cleaning: Cleaning) -> str:
        if text.lstrip()[:1] in ("{", "["):
            try:
                return self._left_of_json(exact(text), rule, cleaning)
            except (ValueError, RecursionError):  # not JSON, or nested too deep to walk through
                cleaning.done.clear()
        return cleaning.without_bytes(text) if rule.clean else text

    def _left_of_json(self, value: Any, rule: Rule, cleaning: Cleaning) -> str:
        inner = cleaning.unwrapped(value) if rule.clean else value
        if isinstance(inner, str):
            return cleaning.without_bytes(inner)
        inner = self._chosen(inner, rule, cleaning)
        if rule.clean:
            inner = cleaning.cleaned(inner)
        inner = capped(inner, rule.max_items, rule.max_chars, cleaning.done)
        return dumps(inner)

    def _chosen(self, value: Any, rule: Rule, cleaning: Cleaning) -> Any:
        if rule.keep:
            only = kept(value, [self._paths[path] for path in rule.keep])
            cleaning.done["results of which only some fields are kept"] += only != value
            value = only
        if rule.drop:
            value, count = dropped(value, [self._paths[path] for path in rule.drop])
            cleaning.done["fields dropped by rule"] += count
        return value
