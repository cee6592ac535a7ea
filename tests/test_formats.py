"""The list of formats in the documents."""

import re
from pathlib import Path

from context_core.readers import READERS


def test_every_format_is_listed_in_the_order_in_which_readers_are_asked():
    """The table names each reader, and the sentence below it says that this is the order."""
    text = (Path(__file__).parents[1] / "docs" / "formats.md").read_text()
    assert re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE) == [reader.FORMAT for reader in READERS]
