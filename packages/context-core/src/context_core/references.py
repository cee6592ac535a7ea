"""References: what a model is shown in the place of content, such as ``481920553.337104``.

Session and node as digits, joined by a dot. Digits, because tokenizers spend one token on three of them: these 15 cost
6 o200k tokens, where as many bits in base 32 cost 11. Both parts are hashes, so a reference tells nothing of what it
stands for. It is looked up in a manifest; a text that merely looks like one is a text.
"""

from __future__ import annotations

import hashlib
import re

from context_core.hashing import text_bytes
from context_core.node import Node, NodeType

SESSION_DIGITS = 9
"""Digits that name the session: 30 bits."""
NODE_DIGITS = (6, 9, 12, 15)
"""Digits that name a node: 20 bits, and more only where an earlier node of the session has the same."""
SUMMARY_DIGITS = (8, 11, 14)
"""Digits that name a summary: other lengths, so that summaries never take a node's reference."""
_REFERENCE = re.compile(rf"\d{{{SESSION_DIGITS}}}\.\d{{6,15}}")


def session_digits(session_id: str) -> str:
    """Return the part of a reference that names the session.

    Example:
        >>> len(session_digits("my-session"))
        9
    """
    return _digits(session_id, SESSION_DIGITS)


def is_reference(text: str) -> bool:
    """Return whether a text has the form of a reference.

    Example:
        >>> is_reference("481920553.337104"), is_reference("481920553")
        (True, False)
    """
    return _REFERENCE.fullmatch(text) is not None


class References:
    """The references of a graph's nodes, given in the order of the nodes, so that they never change.

    Args:
        session_id: the session of the graph.
    """

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._by_node: dict[str, str] = {}
        self._taken: dict[str, str] = {}
        self._unnamed: list[Node] = []

    def expect(self, node: Node) -> None:
        """Note a node that was added; it is named when the first reference after it is asked for."""
        self._unnamed.append(node)

    def of(self, node: Node) -> str:
        """Return the reference of a node of the graph, or of a summary that may be added to it."""
        self._name_all()
        if node.id not in self._by_node:
            self._name(node)
        return self._by_node[node.id]

    def find(self, reference: str) -> str | None:
        """Return the id of the node that a reference names, or None."""
        self._name_all()
        session, _, digits = reference.partition(".")
        return self._taken.get(digits) if session == session_digits(self._session_id) else None

    def _name_all(self) -> None:
        for node in self._unnamed:
            if node.id not in self._by_node:
                self._name(node)
        self._unnamed.clear()

    def _name(self, node: Node) -> None:
        lengths = SUMMARY_DIGITS if node.type is NodeType.SUMMARY else NODE_DIGITS
        digits = ""
        for length in lengths:
            digits = _digits(f"{self._session_id}\0{node.id}", length)
            if self._taken.setdefault(digits, node.id) == node.id:
                break
        self._by_node[node.id] = f"{session_digits(self._session_id)}.{digits}"


def _digits(text: str, count: int) -> str:
    number = int.from_bytes(hashlib.blake2b(text_bytes(text), digest_size=16).digest(), "big")
    return str(number % 10**count).zfill(count)
