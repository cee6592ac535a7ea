"""From a window to provider messages: one renderer a form, found by name, or any callable of the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.errors import RenderError
from context_core.graph import ContextGraph
from context_core.renderers import RENDERERS
from context_core.window import Window, window

if TYPE_CHECKING:
    from collections.abc import Callable

    from context_core.renderers.rendered import Rendered


def render(
    graph_or_window: ContextGraph | Window, to: str | Callable[[Window], list[dict[str, Any]]] = "openai"
) -> list[dict[str, Any]]:
    """Return a window as messages that a provider accepts.

    Args:
        graph_or_window: a window, or a graph, of which the current branch is rendered.
        to: ``openai`` (Chat Completions), ``anthropic`` (Messages), or a function of the window.

    Returns:
        The messages in the order of time. For ``anthropic`` the list has an attribute ``system``: the text or blocks
        that go beside the messages, or None.

    Raises:
        RenderError: no renderer has that name.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "hi")
        >>> render(graph)
        [{'role': 'user', 'content': 'hi'}]
    """
    shown = window(graph_or_window) if isinstance(graph_or_window, ContextGraph) else graph_or_window
    if callable(to):
        return to(shown)
    renderer: Callable[[Window], Rendered] | None = RENDERERS.get(to)
    if renderer is None:
        raise RenderError(f"got to={to!r}; expected one of {', '.join(sorted(RENDERERS))}, or a function")
    return renderer(shown)
