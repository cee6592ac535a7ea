"""LogSink: events as records of Python's `logging`, each with its fields; and a formatter that writes them as JSON.

What level an event has follows from what it is: a failure is a warning, what changed a session is info, and what merely
took time is debug. Texts are masked (`secrets`), and what was said is left out unless asked for.
"""

from __future__ import annotations

import json
import logging
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING, Any

from context_core import OperationEnded, OperationStarted, SummaryFailed
from context_observe.capture import captures_content
from context_observe.secrets import masked, masked_value

if TYPE_CHECKING:
    from context_core import Event

FIELDS = "context"
"""The attribute of a log record that holds the event's fields."""


class LogSink:
    """Writes what it hears to a logger; give it to `context_core.listen`.

    Args:
        logger: ``logging.getLogger("context")`` unless given; what becomes of records is its handlers' business.
        capture_content: whether queries, tasks, summaries, references and the words of errors are written; what
            ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`` says unless given.

    Example:
        >>> import sys
        >>> from context_core import build, listen, read
        >>> handler = logging.StreamHandler(sys.stdout)
        >>> logger = logging.getLogger("example")
        >>> logger.setLevel(logging.INFO)
        >>> logger.addHandler(handler)
        >>> with listen(LogSink(logger)):
        ...     _ = build(read([{"role": "user", "content": "hi"}]), session_id="s")
        graph_extended session_id=s nodes=1 tokens=5
    """

    def __init__(self, logger: logging.Logger | None = None, *, capture_content: bool | None = None) -> None:
        self._logger = logger or logging.getLogger("context")
        self._captures = captures_content(capture_content)

    def __call__(self, event: Event) -> None:
        """Take an event."""
        level = _level(event)
        if isinstance(event, OperationStarted) or not self._logger.isEnabledFor(level):
            return
        name, told = _name(event), masked_value(_fields(event, self._captures))
        words = " ".join([name, *(_one_line(f"{key}={value}") for key, value in told.items())])
        self._logger.log(level, "%s", words, extra={FIELDS: {"event": name, **told}})


class JsonFormatter(logging.Formatter):
    """Writes a log record as one line of JSON, with the fields of an event beside time, level, logger and message.

    Secrets in messages, and in the words of exceptions, are masked, whoever logged them. A field that is called as one
    of those is written as ``context.NAME``.

    Example:
        >>> record = logging.LogRecord("app", logging.INFO, "", 0, "key is sk-%s", ("a1" * 10,), None)
        >>> json.loads(JsonFormatter().format(record))["message"]
        'key is [secret]'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        told = getattr(record, FIELDS, None)
        if isinstance(told, dict):  # another library may mean something else by the name
            line |= {f"context.{key}" if key in line else key: value for key, value in masked_value(told).items()}
        if record.exc_info:
            line["exception"] = masked(self.formatException(record.exc_info))
        return _json(line)


def _one_line(text: str) -> str:
    """Return a text that ends no line of a log: line ends as JSON writes them."""
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)


def _json(line: dict[str, Any]) -> str:
    try:
        text = json.dumps(line, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:  # a number that JSON has not
        text = json.dumps(_finite(line), ensure_ascii=False, default=str)
    return text.encode("utf-8", "backslashreplace").decode()  # a lone surrogate becomes its escape


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def _level(event: Event) -> int:
    if isinstance(event, OperationEnded):
        return logging.DEBUG if event.error is None else logging.WARNING
    return logging.WARNING if isinstance(event, SummaryFailed) else logging.INFO


def _name(event: Event) -> str:
    """Return an event's name as logs have them: ``operation_ended`` for `OperationEnded`."""
    name = type(event).__name__
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")


def _fields(event: Event, captures: bool) -> dict[str, Any]:
    """Return an event's fields as JSON values; of an operation, what it noted beside them."""
    found = {field.name: _plain(getattr(event, field.name)) for field in fields(event)}
    if isinstance(event, OperationEnded):
        del found["operation_id"], found["content"], found["attributes"]
        found["seconds"] = round(event.seconds, 6)
        found["error"] = _error(event.error, captures)
        found |= dict(event.attributes) | (dict(event.content) if captures else {})
    elif isinstance(event, SummaryFailed) and not captures:
        del found["error"]
    return {key: value for key, value in found.items() if value is not None}


def _error(error: BaseException | None, captures: bool) -> str | None:
    if error is None:
        return None
    return f"{type(error).__qualname__}: {error}" if captures else type(error).__qualname__


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
