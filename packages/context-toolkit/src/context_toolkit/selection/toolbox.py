"""Toolbox: tools with the functions behind them, run with grants checked and within each tool's time.

1. A tool runs only where all its grants were given: to call one that was not shown gets nobody further.
2. A tool that takes too long is given up. One that cannot be stopped goes on in its thread; while it does, it is not
   started again, so that a service that hangs holds one thread, not one for each try.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from context_core import operation
from context_core.json_text import loads
from context_toolkit.errors import ToolTimeoutError, UnknownToolError
from context_toolkit.selection.grants import check_granted, granted_names
from context_toolkit.selection.timed import Run, TimeOver
from context_toolkit.selection.tool import check_distinct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from context_toolkit.selection.tool import Tool

TIMEOUT_SECONDS = 60.0
"""Time of a tool that names none: a build or a test run of a common size ends in it."""


class Toolbox:
    """The tools of one session, ready to be called.

    Args:
        tools: the tools.
        functions: the function of each, by the tool's name; it is called with the arguments by name, and may be
            asynchronous. A client that is bound to the event loop it was made in must be made inside it: it runs in
            another loop.
        granted: what this session was granted; nothing unless given.
        timeout_seconds: for tools that name no time limit.
        session_id: told to sinks.

    Raises:
        ValueError: two tools have one name, tools and functions do not agree, or the time limit is not positive.

    Example:
        >>> from context_toolkit import Tool, Toolbox
        >>> tools = [Tool("add"), Tool("rm", grants=frozenset({"admin"}))]
        >>> box = Toolbox(tools, {"add": lambda a, b: a + b, "rm": lambda: "gone"})
        >>> box.call("add", {"a": 1, "b": 2})
        3
        >>> box.call("rm")
        Traceback (most recent call last):
        context_toolkit.errors.GrantMissingError: tool 'rm' needs 'admin'; granted: none; allow by granted=['admin']
    """

    def __init__(
        self,
        tools: Iterable[Tool],
        functions: Mapping[str, Callable[..., Any]],
        *,
        granted: Iterable[str] = (),
        timeout_seconds: float = TIMEOUT_SECONDS,
        session_id: str = "",
    ) -> None:
        self.tools = tuple(tools)
        self.granted = granted_names(granted)
        self._by_name = {tool.name: tool for tool in self.tools}
        check_distinct("tool", [tool.name for tool in self.tools])
        unmatched = sorted(self._by_name.keys() ^ functions.keys())
        if unmatched:
            raise ValueError(f"got a tool or a function alone for {', '.join(unmatched)}; expected one function a tool")
        if not 0 < timeout_seconds < float("inf"):
            raise ValueError(f"got timeout_seconds={timeout_seconds}; expected a number of seconds above 0")
        self._functions = dict(functions)
        self._timeout_seconds = timeout_seconds
        self._session_id = session_id
        self._given_up: dict[str, Run] = {}
        self._lock = Lock()

    def call(self, name: str, arguments: Mapping[str, Any] | str = "") -> Any:
        """Run a tool and return what its function returns.

        Args:
            name: the tool.
            arguments: an object, or its JSON text as a model sends it; an empty text is no argument.

        Raises:
            UnknownToolError: there is no such tool.
            GrantMissingError: it needs what was not granted; nothing has run.
            ToolTimeoutError: it took too long, or an earlier run that did is still going on.
            ValueError: the arguments are no JSON object.
            Exception: what the function raised.
        """
        tool = self._by_name.get(name)
        if tool is None:
            raise UnknownToolError(name, self._by_name)
        check_granted(tool, self.granted)
        given = _object(name, arguments)
        seconds = tool.timeout_seconds or self._timeout_seconds
        self._check_free(name, seconds)
        with operation("execute_tool", self._session_id, tool=name):
            return self._timed(name, Run(lambda: self._functions[name](**given), seconds), seconds)

    def _check_free(self, name: str, seconds: float) -> None:
        with self._lock:
            run = self._given_up.get(name)
            if run is not None and run.is_running:
                message = f"tool {name!r} was not run: an earlier run that took over {seconds:g} s still goes on"
                raise ToolTimeoutError(message, name, seconds)
            self._given_up.pop(name, None)

    def _timed(self, name: str, run: Run, seconds: float) -> Any:
        try:
            return run.wait()
        except TimeOver:
            end = "it was cancelled"
            if run.is_running:
                with self._lock:
                    self._given_up[name] = run
                end = "it is not waited for any longer, and what it still does is thrown away"
            message = f"tool {name!r} did not answer in {seconds:g} s; {end}; give it a larger timeout_seconds"
            raise ToolTimeoutError(message, name, seconds) from None


def _object(name: str, arguments: Mapping[str, Any] | str) -> dict[str, Any]:
    if not isinstance(arguments, str):
        return dict(arguments)
    try:
        value = loads(arguments) if arguments.strip() else {}
    except ValueError as error:
        raise ValueError(f"got arguments of {name!r} that are no JSON ({error}); expected an object") from None
    if not isinstance(value, dict):
        raise ValueError(f"got arguments of {name!r} that are a {type(value).__name__}; expected an object")
    return value
