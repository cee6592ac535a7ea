"""Names of persons and organizations in prose, with the extra ``names``.

1. A candidate is two to four words in a row that begin with a capital, with what stands in names between them.
2. A candidate of which a word also stands in lower case in the same text is no name but a heading, or the start of a
   sentence.
3. `probablepeople`, a conditional random field trained on names, tells persons from organizations; it has its model in
   its package and downloads nothing.

Forms decide here, not meaning: expect a heading in capitals among the names now and then.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from context_core.entities import EntityKind, Mention
from context_core.extras import need

if TYPE_CHECKING:
    from collections.abc import Iterator

_CANDIDATE = re.compile(
    r"""(?:(?:Mr|Mrs|Ms|Dr|Prof)\.?[ ])?
        (?<!\w)(?:[OD]['’])?[^\W\d_a-z][\w-]+                          # a word with a capital, and up to three more
        (?:(?:[ ](?:van|von|de|der|den|da|di|du|la|le|bin|al|of|and|&))*
           [ ](?:[OD]['’])?[^\W\d_a-z](?:[\w-]+|\.)){1,3}""",
    re.VERBOSE,
)
_WORD = re.compile(r"[^\W\d_]+")
_KINDS = {"Person": EntityKind.PERSON, "Corporation": EntityKind.ORGANIZATION}


def prose_names(text: str) -> list[Mention]:
    """Return the names that a text of prose holds, in order, each as often as it stands there.

    Raises:
        MissingExtraError: the extra ``names`` is not installed.

    Example:
        >>> [(name.kind.value, name.text) for name in prose_names("I am Yusuf Rossi and work at Acme Corporation.")]
        [('person', 'Yusuf Rossi'), ('organization', 'Acme Corporation')]
    """
    lower = {word for word in _WORD.findall(text) if word.islower()}
    return [
        Mention(kind, match[0], match.start())
        for match in _candidates(text, lower)
        if (kind := _kind(match[0])) is not None
    ]


def _candidates(text: str, lower: set[str]) -> Iterator[re.Match[str]]:
    for match in _CANDIDATE.finditer(text):
        words = [word for word in _WORD.findall(match[0]) if not word.islower()]
        if not any(word.lower() in lower for word in words):
            yield match


def _kind(name: str) -> EntityKind | None:
    people = need("probablepeople", extra="names")
    try:
        _, kind = people.tag(name)
    except people.RepeatedLabelError:
        return None
    return _KINDS.get(kind)
