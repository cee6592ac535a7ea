"""Originals: what nodes said before compression, for whoever looks at a session as it happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_core import original

if TYPE_CHECKING:
    from context_core import ContentStore, Manifest, Node


@dataclass(frozen=True, slots=True)
class Originals:
    """Where compressed nodes are found as they were.

    Attributes:
        manifest: what was compressed.
        store: holds the contents.
    """

    manifest: Manifest
    store: ContentStore

    def of(self, node: Node) -> Node:
        """Return a node as it was before compression; itself where it was not compressed."""
        return original(self.manifest, self.store, node.id) if node.id in self.manifest else node
