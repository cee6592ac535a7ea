"""From what a user names to graphs: transcripts, stores, sessions, budgets; and messages to files."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from context_core import (
    ContextGraph,
    RenderError,
    SessionNotFoundError,
    Transcript,
    Window,
    build,
    read,
    render,
    restore,
    window,
)
from context_core.json_text import dumps
from context_core.renderers import MESSAGES, OBJECTS, TEXTS
from context_core.renderers.rendered import Rendered
from context_memory import open_store
from context_suite.cli.show import progress

if TYPE_CHECKING:
    from context_core import ManagedStore, Store

_FORMS = {
    "anthropic-messages": "anthropic",
    "claude-code": "anthropic",
    "codex": "openai-responses",
    "openai-responses": "openai-responses",
}
"""The form nearest to a format; Chat Completions for all others."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A transcript and its graph.

    Attributes:
        name: what the user called it.
        transcript: as read.
        graph: as built; its session is named after the very content of the file.
    """

    name: str
    transcript: Transcript
    graph: ContextGraph

    @property
    def window(self) -> Window:
        """What stands in the prompt."""
        return window(self.graph)


def load(file: str, on_error: str = "raise") -> Loaded:
    """Read a transcript and build its graph.

    Args:
        file: a path; ``-`` for standard input; with ``#`` and a number or an id, one session of several.
        on_error: what a damaged row does.
    """
    with progress(f"reading {file}"):
        path, session = _session_in(file)
        source = sys.stdin.buffer if path == "-" else Path(path)
        transcript = read(source, on_error=on_error, session=session)
        last = transcript.messages[-1].id
        session = f"{transcript.session_id or transcript.format}@{last[-12:]}"
        return Loaded(file, transcript, build(transcript, session_id=session))


def _session_in(file: str) -> tuple[str, str | int | None]:
    """Return a file's path and the session that is named behind it; a file whose name has a ``#`` is a file."""
    path, mark, session = file.rpartition("#")
    if not mark or Path(file).exists():
        return file, None
    return path, int(session) if session.isdecimal() else session


def graph_of(file: str | None, store: str | None, session: str | None, on_error: str = "raise") -> ContextGraph:
    """Return the graph of a file, or of a stored session with all that compression took out put back.

    Args:
        file: a transcript, or None.
        store: where sessions live, as the user named it.
        session: a stored session; the last one unless given.
        on_error: what a damaged row of a transcript does.
    """
    if file is not None:
        return load(file, on_error).graph
    keeper = store_at(store)
    name = session or last_session(keeper)
    graph = keeper.load(name)
    restore(graph, keeper.manifest(name), keeper)  # in this process alone
    return graph


def store_at(url: str | None) -> ManagedStore:
    """Open the store that the user named by URL or path, or the one in the user's data folder."""
    if url is None:
        from platformdirs import user_data_path

        path = user_data_path("ctx", appauthor=False) / "context.db"
        path.parent.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{path}"
    return open_store(url if "://" in url else f"sqlite:///{url}")


def last_session(store: Store) -> str:
    """Return the session that was written to last.

    Raises:
        SessionNotFoundError: the store is empty.
    """
    sessions = store.sessions()
    if not sessions:
        raise SessionNotFoundError("(any)")
    return sessions[-1]


def target_of(budget: str, tokens: int) -> int:
    """Return the tokens that a budget such as ``40%`` or ``60000`` allows of a window.

    Raises:
        ValueError: the budget is neither.
    """
    text = budget.strip().replace("_", "").replace(",", "")
    try:
        target = int(tokens * float(text[:-1]) / 100) if text.endswith("%") else int(text)
    except (ValueError, OverflowError):
        target = 0
    if target < 1:
        raise ValueError(f"got --budget {budget!r}; expected tokens such as 60000, or a share such as 40%")
    return target


def form_of(graph: ContextGraph, to: str | None) -> str:
    """Return the form to render in: the one asked for, else the one nearest to the transcript's own.

    Raises:
        RenderError: no renderer has the name that was asked for.
    """
    if to is not None:
        rendered_text(Window(graph.session_id, ()), to)
        return to
    first = next(graph.nodes(), None)
    return "openai" if first is None else _FORMS.get(first.metadata.get("format", ""), "openai")


def rendered_text(shown: Window, to: str) -> str:
    """Return a window as text: messages as JSON, with what goes beside them where the form has it apart.

    Raises:
        RenderError: the form is one of a library's objects, which no file holds.
    """
    if to in OBJECTS:
        raise RenderError(
            f"got --to {to}, which gives objects in Python; expected one of {', '.join((*MESSAGES, *TEXTS))}"
        )
    rendered = render(shown, to)
    if isinstance(rendered, Rendered):
        return dumps(list(rendered) if rendered.system is None else rendered.body)
    return str(rendered).removesuffix("\n")


def write(output: str, text: str) -> None:
    """Write a text to a file, whole or not at all, or to standard output."""
    if output == "-":
        sys.stdout.write(text + "\n")
        return
    path = Path(output)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_bytes((text + "\n").encode("utf-8", "surrogatepass"))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object."""
    sys.stdout.write(dumps(value) + "\n")
