"""Revisions: what was written to a session, step by step.

A session begins empty, at version 0. Each write that has an effect makes the next version, so a session is at any time
what its revisions up to then made of it, and whoever has them all has the session.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_core.edge import Edge
    from context_core.manifest import Change
    from context_core.node import Node

PLAIN = "plain"
"""The kind of a session whose nodes name no format."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One write: either nodes and edges were appended, or changes were committed.

    Attributes:
        version: the session's version after it, from 1.
        written_at: when, in seconds since the epoch.
        nodes: those that were new, as they were appended.
        edges: those that were new.
        changes: entries of the manifest; the store has the contents that they name.

    Example:
        >>> Revision(version=1, written_at=0.0).nodes
        ()
    """

    version: int
    written_at: float
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    changes: tuple[Change, ...] = ()


def session_kind(nodes: Iterable[Node]) -> str:
    """Return what kind of session nodes belong to: the first transcript format that one of them names.

    Example:
        >>> session_kind([])
        'plain'
    """
    return next((node.metadata["format"] for node in nodes if "format" in node.metadata), PLAIN)
