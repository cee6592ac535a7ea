"""The session of a conversation: an id made from scope and conversation, and those two from the id again.

Both are percent-encoded from their bytes, so that what divides them stands in neither, and two pairs of texts never
have one id, lone surrogates included. The ids are ASCII.
"""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

from context_core.hashing import bytes_text, text_bytes

_DIVIDER = ":"


def session_id_of(scope: str, conversation: str) -> str:
    """Return the id of a conversation's session.

    Example:
        >>> session_id_of("acme/anna", "trip: Rome")
        'conversation:acme%2Fanna:trip%3A%20Rome'
    """
    return scope_prefix(scope) + _encoded(conversation)


def scope_prefix(scope: str) -> str:
    """Return what the session ids of a scope, and of no other, begin with.

    Example:
        >>> scope_prefix("anna")
        'conversation:anna:'
    """
    return _DIVIDER.join(("conversation", _encoded(scope), ""))


def conversation_in(session_id: str, scope: str) -> str | None:
    """Return the conversation whose session an id is; None where it is of another scope, or of no conversation.

    Example:
        >>> conversation_in("conversation:anna:trip%3A%20Rome", "anna")
        'trip: Rome'
    """
    prefix = scope_prefix(scope)
    if not session_id.startswith(prefix):
        return None
    return bytes_text(unquote_to_bytes(session_id.removeprefix(prefix)))


def _encoded(text: str) -> str:
    return quote(text_bytes(text), safe="")
