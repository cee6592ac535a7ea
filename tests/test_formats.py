"""The lists of formats and forms in the documents."""

import re
from pathlib import Path

from context_core.readers import READERS
from context_core.renderers import ALIASES, RENDERERS


def test_every_format_is_listed_in_the_order_in_which_readers_are_asked():
    """The table names each reader, and the sentence below it says that this is the order."""
    text = (Path(__file__).parents[1] / "docs" / "formats.md").read_text()
    assert re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE) == [reader.FORMAT for reader in READERS]


def test_every_form_is_listed():
    """The table names each renderer, with the reader's name where that is another."""
    text = (Path(__file__).parents[1] / "docs" / "renderers.md").read_text()
    listed = re.findall(r"^\| `([\w-]+)`(?: \(`([\w-]+)`\))? \|", text, re.MULTILINE)
    assert {name for name, _ in listed} == set(RENDERERS)
    assert {alias: name for name, alias in listed if alias} == ALIASES
