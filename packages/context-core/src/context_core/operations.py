"""Operations: what takes time, told to sinks as it starts and as it ends.

With no sink, an operation is one look-up and the same silent object each time. What runs inside another starts after it
and ends before it, in the same context; only a model's answer that came too late may end after what waited for it.

==================  ================================================  ================================================
operation           attributes                                        content
==================  ================================================  ================================================
``read``            format, messages, problems
``build``           nodes, tokens
``compress``        target_tokens, tokens_before, tokens_after,       task
                    nodes
``strategy``        strategy, tier, candidates                        (a child of ``compress``, one a strategy asked)
``summarize``       summarizer, nodes, max_tokens, failed             summary
``chat``            model, input_tokens, output_tokens                (a child of ``summarize``, where a model writes)
``render``          form, nodes
``restore``         nodes, missing
``expand``          characters                                        reference
``search``          limit, hits, is_dense                             query
``recall``          limit, hits                                       query (a search over sessions)
``prompt``          form, tokens, total_tokens                        (of an engine: around what a prompt takes)
``add``             messages, nodes                                   (of an engine)
``execute_tool``    tool                                              (of a toolbox: around a tool that it runs)
``cache_miss``      tool                                              (around what a cache or a prefetch has to run)
``store.METHOD``    store (its class); contents, bytes for put and    (`observed_store` says which methods)
                    get
==================  ================================================  ================================================
"""

from __future__ import annotations

import time
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from context_core.events import OperationEnded, OperationStarted, emit, is_heard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from context_core.events import Value

_Class = TypeVar("_Class", bound=type)

STORE_METHODS = ("put", "get", "delete", "append", "commit", "record", "load", "manifest", "purge", "expire", "gc")
"""The methods of a store that are operations; those that only look something small up are not."""


class Operation:
    """What runs; a context manager, made by `operation`.

    Attributes:
        name: what is done.
        session_id: where; empty until it is known.
    """

    __slots__ = ("_attributes", "_content", "_started", "name", "session_id")

    def __init__(self, name: str, session_id: str = "", attributes: Mapping[str, Value] | None = None) -> None:
        self.name = name
        self.session_id = session_id
        self._attributes: dict[str, Value] = dict(attributes or {})
        self._content: dict[str, str] = {}
        self._started = 0.0

    def note(self, **attributes: Value) -> None:
        """Add what came to light: numbers, names and flags, never what a user or a tool said."""
        self._attributes.update(attributes)

    def note_content(self, **content: str | None) -> None:
        """Add what was said, which sinks keep only where they are told to."""
        self._content.update({name: text for name, text in content.items() if text is not None})

    def __enter__(self) -> Operation:
        self._started = time.perf_counter()
        try:
            emit(OperationStarted(self.session_id, self.name, id(self)))
        except BaseException as error:  # the other sinks have heard of the start, so they hear of the end
            self._end(error)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(error)

    def _end(self, error: BaseException | None) -> None:
        """Tell sinks that it is over; where it failed, its own error comes out, whatever a sink raises."""
        seconds = time.perf_counter() - self._started
        ended = (self.session_id, self.name, id(self), seconds, dict(self._attributes), dict(self._content), error)
        try:
            emit(OperationEnded(*ended))
        except Exception as raised:
            if error is None:
                raise
            if raised is not error:
                error.add_note(f"a sink that was told of it raised {type(raised).__qualname__}")


class _Silent(Operation):
    """The operation that nobody hears of."""

    __slots__ = ()

    def note(self, **attributes: Value) -> None:
        """Forget it."""

    def note_content(self, **content: str | None) -> None:
        """Forget it."""

    def __enter__(self) -> Operation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing."""


_SILENT = _Silent("silent")


def operation(name: str, session_id: str = "", **attributes: Value) -> Operation:
    """Return a context manager that tells sinks when its block starts and ends, and with what error.

    Args:
        name: what is done; the module's docstring lists the names.
        session_id: the session, where it is known by now.
        attributes: numbers, names and flags, never what a user or a tool said.

    Example:
        >>> from context_core import listen
        >>> seen = []
        >>> with listen(seen.append), operation("search", "s", limit=10) as running:
        ...     running.note(hits=3)
        >>> [type(event).__name__ for event in seen], seen[1].attributes
        (['OperationStarted', 'OperationEnded'], {'limit': 10, 'hits': 3})
    """
    return Operation(name, session_id, attributes) if is_heard() else _SILENT


def observed_store(store_class: _Class) -> _Class:
    """Make the methods of a store class operations, ``store.put`` and so on; a class decorator.

    Those that the class itself defines are wrapped, of `STORE_METHODS`. A method that calls its parent's would be told
    twice, so a subclass overrides hooks instead.

    Example:
        >>> from context_core import MemoryContentStore, listen
        >>> seen = []
        >>> with listen(seen.append):
        ...     _ = MemoryContentStore().put([b"hello"])
        >>> seen[1].operation, seen[1].attributes
        ('store.put', {'store': 'MemoryContentStore', 'contents': 1, 'bytes': 5})
    """
    for name in STORE_METHODS:
        method = vars(store_class).get(name)
        if method is not None:
            setattr(store_class, name, _observed(method, name))
    return store_class


def _observed(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    is_of_session = name not in ("put", "get", "delete", "gc")

    @wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_heard():
            return method(self, *args, **kwargs)
        session_id = str(args[0] if args else kwargs.get("session_id", "")) if is_of_session else ""
        with Operation(f"store.{name}", session_id, {"store": type(self).__name__}) as running:
            result = method(self, *args, **kwargs)
            if name == "put":
                contents = args[0] if args else kwargs["contents"]
                running.note(contents=len(contents), bytes=sum(map(len, contents)))
            elif name == "get":
                running.note(contents=1, bytes=len(result))
            return result

    return call
