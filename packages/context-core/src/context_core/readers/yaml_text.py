"""YAML, by an extra, and only such as cannot harm: JSON's types and bytes, no deep nesting, no aliases in aliases.

The events of the text are looked at first: the loader in C calls itself for each level and would crash the process on
very deep nesting, and aliases within aliases stand for values of any size.
"""

from __future__ import annotations

from typing import Any

from context_core.errors import TranscriptError

_DEEPEST = 200


def load_yaml(text: str, source: str) -> Any:
    """Return the value of a YAML document.

    Raises:
        TranscriptError: it is not valid YAML, may do harm, or PyYAML is not installed.
    """
    try:
        # An extra: imported where a YAML file is read, and not before.
        import yaml
    except ImportError:
        raise TranscriptError(
            'is YAML, which needs PyYAML; install it with pip install "context-core[yaml]"', source=source
        ) from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _require_harmless(yaml.parse(text, Loader=loader))
        return yaml.load(text, Loader=loader)
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, RecursionError) as error:
        told = str(error).split("\n")[0]
        raise TranscriptError(f"is not valid YAML ({told}); expected a cassette", source=source, line=1) from None


def _require_harmless(events: Any) -> None:
    depth, named_at = 0, list[int]()
    for event in events:
        kind = type(event).__name__
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            depth += 1
            named_at += [depth] if event.anchor else []
            if depth > _DEEPEST:
                raise ValueError(f"nested deeper than {_DEEPEST} levels")
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            named_at = named_at[:-1] if named_at and named_at[-1] == depth else named_at
            depth -= 1
        elif kind == "AliasEvent" and named_at:
            raise ValueError("an alias stands inside what another one names")
