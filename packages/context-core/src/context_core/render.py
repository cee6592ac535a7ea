"""From a window to what a model is sent: messages, a text, or a library's objects.

One renderer a form, found by name, or any callable of the user's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from context_core.errors import RenderError
from context_core.graph import ContextGraph
from context_core.operations import operation
from context_core.renderers import ALIASES, RENDERERS
from context_core.window import Window, window

if TYPE_CHECKING:
    from collections.abc import Callable

    from context_core.renderers import MessageForm, ObjectForm, TextForm
    from context_core.renderers.rendered import Rendered

_T = TypeVar("_T")


@overload
def render(graph_or_window: ContextGraph | Window, to: MessageForm = "openai") -> Rendered: ...
@overload
def render(graph_or_window: ContextGraph | Window, to: TextForm) -> str: ...
@overload
def render(graph_or_window: ContextGraph | Window, to: MessageForm | TextForm) -> Rendered | str: ...
@overload
def render(graph_or_window: ContextGraph | Window, to: ObjectForm) -> list[Any]: ...
@overload
def render(graph_or_window: ContextGraph | Window, to: Callable[[Window], _T]) -> _T: ...
@overload
def render(graph_or_window: ContextGraph | Window, to: str) -> Rendered | str | list[Any]: ...
def render(graph_or_window: ContextGraph | Window, to: str | Callable[[Window], Any] = "openai") -> Any:
    """Return a window in the form that a model, a person or another library takes.

    Args:
        graph_or_window: a window, or a graph, of which the current branch is rendered.
        to: a provider's form: ``openai`` (Chat Completions), ``openai-responses`` (items) or ``anthropic`` (Messages),
            each also by its reader's name; a text: ``markdown`` for a person or ``xml`` for a prompt of events; a
            library's messages: ``langchain`` or ``pydantic-ai``; or a function of the window.

    Returns:
        For a provider's form the messages in the order of time, a `Rendered`: a list with an attribute ``system``, what
        goes beside the messages (Anthropic's system prompt, a Responses body's instructions), or None. A text for
        ``markdown`` and ``xml``. A list of message objects for a library's. For a function, what it returns. The
        strings of a provider's messages cost no more tokens than the window says; the two texts have no such bound.

    Raises:
        RenderError: no renderer has that name, or the library that it needs is not installed.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "hi")
        >>> render(graph)
        [{'role': 'user', 'content': 'hi'}]
        >>> render(graph, lambda window: len(window))
        1
    """
    shown = window(graph_or_window) if isinstance(graph_or_window, ContextGraph) else graph_or_window
    with operation("render", shown.session_id, nodes=len(shown)) as running:
        if callable(to):
            running.note(form="function")
            return to(shown)
        renderer = RENDERERS.get(ALIASES.get(to, to))
        if renderer is None:
            raise RenderError(f"got to={to!r}; expected one of {', '.join(RENDERERS)}, or a function")
        running.note(form=to)
        return renderer(shown)
