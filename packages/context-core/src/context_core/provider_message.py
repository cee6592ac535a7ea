"""One message as a provider's interface gives or takes it: as JSON values, whether a mapping or an SDK's object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from context_core.errors import TranscriptError

if TYPE_CHECKING:
    from collections.abc import Sequence

_SENT = ("role", "content", "tool_calls", "name", "refusal")
"""Fields of an SDK's reply that are sent back; its ids, usage and stop reasons are not."""


def provider_message(message: Any) -> dict[str, Any]:
    """Return a message as JSON values; an SDK's objects say themselves what they hold.

    Raises:
        TranscriptError: it is neither a mapping nor such an object.

    Example:
        >>> provider_message({"role": "user", "content": "hi"})
        {'role': 'user', 'content': 'hi'}
    """
    dump: Any = getattr(message, "model_dump", None)
    if dump is not None:
        dumped = dump(mode="json", exclude_none=True)
        return {key: dumped[key] for key in _SENT if key in dumped}
    if not isinstance(message, Mapping):
        raise TranscriptError(f"got {type(message).__name__}; expected a message as a mapping or an SDK's object")
    return {str(key): _json(value) for key, value in cast("Mapping[Any, Any]", message).items()}


def _json(value: Any) -> Any:
    dump: Any = getattr(value, "model_dump", None)
    if dump is not None:
        return dump(mode="json", exclude_none=True)
    if isinstance(value, (list, tuple)):
        return [_json(item) for item in cast("Sequence[Any]", value)]
    return value
