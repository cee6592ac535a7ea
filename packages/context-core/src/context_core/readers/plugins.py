"""Readers of other packages: entry points of the group `context_core.readers`, each naming a reader module.

They are loaded only when no built-in reader recognizes a source, or when one is asked for by its name. One that cannot
be loaded is passed over, and told in the error where no other reader knew the source either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.errors import TranscriptError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint, EntryPoints

    from context_core.readers import Reader

GROUP = "context_core.readers"


def entry_points(group: str) -> EntryPoints:
    """Return the entry points of a group."""
    # A seventh of the time that importing this package would take, for what most never use.
    from importlib import metadata

    return metadata.entry_points(group=group)


def plugin_names() -> list[str]:
    """Return the names of the readers that other packages offer, without loading any."""
    return sorted(entry_points(group=GROUP).names)


def plugin(name: str) -> Reader | None:
    """Return the reader that another package offers under a name, None where there is none.

    Raises:
        TranscriptError: it cannot be loaded, or is no reader.
    """
    for entry in entry_points(group=GROUP):
        if entry.name == name:
            return _loaded(entry)
    return None


def plugins(broken: list[str]) -> Iterator[Reader]:
    """Yield the readers of other packages that can be loaded; what is wrong with the rest is added to `broken`."""
    for entry in entry_points(group=GROUP):
        try:
            yield _loaded(entry)
        except TranscriptError as error:
            broken.append(str(error))


def _loaded(entry: EntryPoint) -> Reader:
    # A plug-in is foreign code: whatever it raises while it is imported must name it.
    try:
        reader: Any = entry.load()
    except Exception as error:
        raise TranscriptError(
            f"the plug-in reader {entry.name!r} ({entry.value}) cannot be loaded: {error!r}; mend it or uninstall it"
        ) from error
    missing = [name for name in ("FORMAT", "recognizes", "messages") if not hasattr(reader, name)]
    if missing:
        raise TranscriptError(
            f"the plug-in reader {entry.name!r} ({entry.value}) has no {', '.join(missing)}; "
            "expected a module with FORMAT, recognizes and messages"
        )
    return reader
