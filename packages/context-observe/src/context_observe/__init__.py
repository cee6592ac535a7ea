"""See an agent's context: traces, metrics, logs and an HTML report, as sinks for context-core's events."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from context_observe.html_report.report import report

__version__ = "0.1.0"

__all__ = ["report"]

_MODULES = {"report": "html_report.report"}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that each costs only what it needs."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
