"""The tree of errors, drawn once.

ContextError
├── TranscriptError (ValueError)         a transcript cannot be read: names file and line
├── RenderError (ValueError)             a window cannot be put into a provider's form
├── NodeNotFoundError (KeyError)         no node of that id in the graph
├── ConflictError (ValueError)           the same id with other bytes, or a change planned on an older state
├── UnknownReferenceError (KeyError)     no change of that reference in the manifest
│   └── ExpiredReferenceError            there was one, and retention has dropped its session
├── ContentNotFoundError (KeyError)      the store does not hold that content
│   └── ContentExpiredError              it did, and retention has dropped it: `expired_at`
├── ContentCorruptedError (ValueError)   the store holds other bytes than the content id says
├── ManifestError (ValueError)           a manifest is damaged, or of a newer schema
├── SessionNotFoundError (KeyError)      the store holds no session of that id
│   └── SessionExpiredError              it did, and retention has dropped it: `expired_at`
├── VersionNotFoundError (KeyError)      the session has no such version: `version`, `latest`
├── MissingExtraError (ImportError)      an optional dependency is not installed: `module`, `extra`
├── EncoderMismatchError (ValueError)    an index holds another model's vectors: `held`, `given`
├── StoreError (OSError)                 a store cannot be opened, read or written
├── SummaryError (RuntimeError)          a summarizer could not write, or not in time
└── BudgetExceededError (ValueError)     what must stay does not fit: `needed`, `available`
"""

from __future__ import annotations

from datetime import UTC, datetime

_LISTED = 5
"""Names that a message lists; the error's fields have all."""


class ContextError(Exception):
    """Base of every error that these packages raise on purpose."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else self.__class__.__name__


class TranscriptError(ContextError, ValueError):
    """A transcript cannot be read.

    Attributes:
        source: the file's path, or a word for what was given.
        line: the 1-based line or element the reader stopped at; None where the whole is at fault.
    """

    def __init__(self, message: str, *, source: str = "", line: int | None = None) -> None:
        where = ":".join(part for part in (source, "" if line is None else str(line)) if part)
        super().__init__(f"{where}: {message}" if where else message)
        self.source = source
        self.line = line


class RenderError(ContextError, ValueError):
    """A window cannot be put into the form that was asked for."""


class NodeNotFoundError(ContextError, KeyError):
    """The graph has no node of that id.

    Attributes:
        node_id: what was asked for.
    """

    def __init__(self, node_id: str, session_id: str = "") -> None:
        place = f" in session {session_id!r}" if session_id else ""
        super().__init__(f"no node {node_id!r}{place}; graph.nodes() lists those there are")
        self.node_id = node_id


class ConflictError(ContextError, ValueError):
    """The same id came with other bytes, or a change was planned on a state that is gone."""


class UnknownReferenceError(ContextError, KeyError):
    """No change in the manifest carries that reference.

    Attributes:
        reference: what was asked for.
    """

    def __init__(self, reference: str, hint: str = "") -> None:
        super().__init__(f"unknown reference {reference!r}" + (f"; {hint}" if hint else ""))
        self.reference = reference


class ExpiredReferenceError(UnknownReferenceError):
    """The reference is one of a session that retention has dropped.

    Attributes:
        reference: what was asked for.
    """


class ContentNotFoundError(ContextError, KeyError):
    """The content store lacks contents that were asked for.

    Attributes:
        content_ids: those that are missing.
        node_ids: the nodes whose contents they are, where that is known.
    """

    def __init__(self, *content_ids: str, node_ids: tuple[str, ...] = ()) -> None:
        of_nodes = f", of {_listed(node_ids)}" if node_ids else ""
        super().__init__(
            f"the content store does not hold {_listed(content_ids)}{of_nodes}; open the store the session was saved in"
        )
        self.content_ids = content_ids
        self.node_ids = node_ids


class ContentExpiredError(ContentNotFoundError):
    """The store held that content, and dropped it when its time was over.

    Attributes:
        expired_at: when, in seconds since the epoch.
    """

    def __init__(self, content_id: str, expired_at: float) -> None:
        super().__init__(content_id)
        self.args = (f"content {content_id} expired {_when(expired_at)}; keep sessions longer to have their contents",)
        self.expired_at = expired_at


def _when(seconds: float) -> str:
    """Return a time in words, to the second."""
    return f"at {datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _listed(names: tuple[str, ...]) -> str:
    """Return names in a row; of many, the first ones and how many there are."""
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


class ContentCorruptedError(ContextError, ValueError):
    """The bytes in the store are not those its content id was made of.

    Attributes:
        content_id: the entry at fault.
    """

    def __init__(self, content_id: str) -> None:
        super().__init__(f"the bytes stored under {content_id} do not hash to it; restore them from a backup")
        self.content_id = content_id


class ManifestError(ContextError, ValueError):
    """A manifest is damaged, or was written by a newer version."""


class SessionNotFoundError(ContextError, KeyError):
    """The store holds no session of that id.

    Attributes:
        session_id: what was asked for.
    """

    def __init__(self, session_id: str) -> None:
        super().__init__(f"no session {session_id!r} in the store; sessions() lists those there are")
        self.session_id = session_id


class SessionExpiredError(SessionNotFoundError):
    """The store held that session, and dropped it when its time was over.

    Attributes:
        session_id: what was asked for.
        expired_at: when it was dropped, in seconds since the epoch.
    """

    def __init__(self, session_id: str, expired_at: float) -> None:
        super().__init__(session_id)
        self.args = (f"session {session_id!r} expired {_when(expired_at)}; keep sessions longer to load them later",)
        self.expired_at = expired_at


class VersionNotFoundError(ContextError, KeyError):
    """The session has no such version.

    Attributes:
        session_id: the session.
        version: what was asked for.
        latest: the session's present version.
    """

    def __init__(self, session_id: str, version: int, latest: int) -> None:
        super().__init__(f"session {session_id!r} has no version {version}; expected 0 to {latest}")
        self.session_id = session_id
        self.version = version
        self.latest = latest


class StoreError(ContextError, OSError):
    """A store cannot be opened, read or written."""


class SummaryError(ContextError, RuntimeError):
    """A summarizer could not write, or not in time; its message holds no key."""


class MissingExtraError(ContextError, ImportError):
    """An optional dependency is not installed.

    Attributes:
        module: what could not be imported.
        extra: the extra that brings it.
        package: the package that has the extra.
    """

    def __init__(self, module: str, extra: str, package: str = "context-core") -> None:
        super().__init__(f'{module} is not installed; run: pip install "{package}[{extra}]"')
        self.module = module
        self.extra = extra
        self.package = package


class EncoderMismatchError(ContextError, ValueError):
    """An index holds vectors of another model, which cannot be compared with those of the encoder given.

    Attributes:
        held: model id and dimensions in the index.
        given: those of the encoder.
    """

    def __init__(self, held: tuple[str, int], given: tuple[str, int]) -> None:
        super().__init__(
            f"got encoder {given[0]!r} of {given[1]} dimensions; the index holds vectors of {held[0]!r} of {held[1]}; "
            "open it with that encoder, or index the nodes anew in another file"
        )
        self.held = held
        self.given = given


class BudgetExceededError(ContextError, ValueError):
    """What must stay in the prompt is larger than the target; nothing was changed.

    Attributes:
        needed: tokens of the smallest valid prompt.
        available: tokens of the target.
    """

    def __init__(self, needed: int, available: int) -> None:
        super().__init__(
            f"the target is {available:,} tokens, but what must stay (system prompt, pinned nodes, open calls, "
            f"the task) needs {needed:,}; raise the target to {needed:,}, or unpin nodes"
        )
        self.needed = needed
        self.available = available
