"""Which compressed nodes say a name: what to restore before working on a thing.

1. The names looked for are the one given and its aliases in the graph.
2. A node says a name where its original has it as a value (`values`), whole or as part of a longer name.
3. What is no value, such as a plain word or several words, is looked for as whole words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from context_core.mentions import aliases
from context_core.originals import compressed_originals
from context_core.value_index import values_of
from context_core.values import is_value, key_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from context_core.graph import ContextGraph
    from context_core.manifest import Manifest
    from context_core.node import Node
    from context_core.originals import OnMissing
    from context_core.stores import ContentStore


def mentioning(
    graph: ContextGraph, manifest: Manifest, store: ContentStore, name: str, *, on_missing: OnMissing = "raise"
) -> list[str]:
    """Return the ids of the compressed nodes whose original says a name, in the order of the graph.

    Args:
        graph: the compressed graph.
        manifest: what was changed.
        store: holds the contents.
        name: a path, an id, a symbol or any other value; a word, or several.
        on_missing: ``skip`` to pass over nodes whose content the store lacks, as nobody knows what they said.

    Raises:
        ContentNotFoundError: the store lacks contents, unless they are to be skipped.
        ValueError: the name is blank.

    Example:
        >>> from context_core import ContextGraph, Manifest, MemoryContentStore, Replacement, replace, restore
        >>> graph, store = ContextGraph("s"), MemoryContentStore()
        >>> node = graph.add_message("user", "open src/io_util.py")
        >>> changes = replace(graph, [Replacement(node, node.evolve(content="open …"), "by hand", "lossless")], store)
        >>> manifest = Manifest("s", changes)
        >>> ids = mentioning(graph, manifest, store, "io_util.py")
        >>> [node.content for node in restore(graph, manifest, store, ids)]
        ['open src/io_util.py']
    """
    if not name.strip():
        raise ValueError(f"got the name {name!r}; expected a path, an id, a symbol or words")
    says = _teller((name, *aliases(graph, name)))
    return [node.id for node in compressed_originals(graph, manifest, store, on_missing) if says(node)]


def _teller(names: tuple[str, ...]) -> Callable[[Node], bool]:
    """Return a function that tells whether a node says one of the names."""
    single = [name for name in names if len(name.split()) == 1 and is_value(name)]
    keys = {key_of(name, is_whole=is_whole) for name in single for is_whole in (True, False)}
    phrases = [r"\s+".join(map(re.escape, name.split())) for name in names if name not in single]
    pattern = re.compile("|".join(rf"(?<!\w){phrase}(?!\w)" for phrase in phrases)) if phrases else None

    def says(node: Node) -> bool:
        if pattern is not None and node.kind != "image" and pattern.search(node.content):
            return True
        may_say = "\\" in node.content or any(name in node.content for name in single)  # behind escapes, who knows
        return may_say and any(form.key in keys for value in values_of(node) for form in value.forms)

    return says
