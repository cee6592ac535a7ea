"""Facts: what an attribute of a subject was, and from when to when.

1. A fact is a node of a session of its own beside the session it was learned in, so stores keep, copy and expire it as
   they do any other, and an index is made anew from the store alone.
2. Facts of one subject and attribute stand in the order in which they were said. Each holds until another value is
   said; a value that is said again goes on.
3. Nothing is ever overwritten: what is superseded is told from the others when it is asked for, by what the scope and
   the time of the question let be seen.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes

from context_core import Node, NodeType, counter_for
from context_core.hashing import bytes_text, chain_id, text_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PREFIX = "facts:"
_ROLE = "memory"


@dataclass(frozen=True, slots=True)
class Fact:
    """What an attribute of a subject was.

    Attributes:
        subject: what it is about.
        attribute: which of its attributes.
        value: what that was.
        valid_from: when it was said, in seconds since the epoch.
        valid_to: when another value was said; None where that has not been.
        superseded_by: `fact_id` of the fact with that value, or None.
        fact_id: names the fact: its node in the session that `facts_session` gives.
        session_id: the session it was learned in.
        node_id: the node there that says it, or None.
    """

    subject: str
    attribute: str
    value: str
    valid_from: float
    valid_to: float | None
    superseded_by: str | None
    fact_id: str
    session_id: str
    node_id: str | None


def facts_session(session_id: str) -> str:
    """Return the id of the session that holds the facts learned in a session.

    Example:
        >>> facts_session("anna/1")
        'facts:anna%2F1'
    """
    return _PREFIX + quote(text_bytes(session_id), safe="")


def learned_in(session_id: str) -> str | None:
    """Return the session whose facts a session holds; None for a session of any other kind.

    Example:
        >>> learned_in("facts:anna%2F1"), learned_in("anna/1")
        ('anna/1', None)
    """
    if not session_id.startswith(_PREFIX):
        return None
    about = bytes_text(unquote_to_bytes(session_id.removeprefix(_PREFIX)))
    return about if facts_session(about) == session_id else None


def fact_node(fact: Mapping[str, Any]) -> Node:
    """Return the node of a fact.

    Args:
        fact: ``subject``, ``attribute``, ``value``, ``said_at``, ``session_id``, ``node_id``, and ``begun``, the time
            at which that session began.
    """
    names = ("subject", "attribute", "value", "said_at", "node_id", "begun")
    node_id = chain_id(None, *(text_bytes(repr(fact[name])) for name in names))
    content = f"{fact['subject']} {fact['attribute']}: {fact['value']}"
    tokens = counter_for().count(content)
    return Node(
        f"{node_id}/0",
        NodeType.ENTITY,
        _ROLE,
        content,
        tokens,
        created_at=fact["said_at"],
        metadata={"fact": dict(fact)},
    )


def fact_of(fact_id: str, fact: Mapping[str, Any]) -> Fact:
    """Return a fact that is not dated yet.

    Args:
        fact_id: the id of its node.
        fact: what `fact_node` was given.
    """
    names = (fact["subject"], fact["attribute"], fact["value"])
    return Fact(*names, fact["said_at"], None, None, fact_id, fact["session_id"], fact["node_id"])


def folded(name: str) -> str:
    """Return the form in which a subject or an attribute is compared: without case, with single spaces.

    Example:
        >>> folded("  Billing   Service ")
        'billing service'
    """
    return " ".join(name.casefold().split())


def dated(facts: Iterable[Fact]) -> list[Fact]:
    """Return facts with the time until which each held, by subject, attribute and time.

    Args:
        facts: all that may be seen; those of one time in the order in which they were written.
    """
    rows: defaultdict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in facts:
        rows[folded(fact.subject), folded(fact.attribute)].append(fact)
    return [fact for name in sorted(rows) for fact in _in_a_row(rows[name])]


def _in_a_row(facts: list[Fact]) -> list[Fact]:
    found: list[Fact] = []
    following: Fact | None = None
    for fact in sorted(facts, key=lambda fact: fact.valid_from)[::-1]:
        if following is not None and following.value == fact.value:
            after = (following.valid_to, following.superseded_by)
        else:
            after = (None, None) if following is None else (following.valid_from, following.fact_id)
        following = replace(fact, valid_to=after[0], superseded_by=after[1])
        found.append(following)
    return found[::-1]
