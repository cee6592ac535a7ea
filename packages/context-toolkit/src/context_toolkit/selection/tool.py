"""Tool: what an agent can call: its definition, and what it takes to be shown and run."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from context_core.json_text import dumps
from context_core.terms import words
from context_toolkit.selection.schemas import EMPTY, checked_form, form_of, parts_of, written

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from context_core import TokenCounter

DESTRUCTIVE = "destructive"
"""The grant that a tool needs which says of itself that it destroys (MCP's ``destructiveHint``)."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool.

    Attributes:
        name: as the model calls it.
        description: what it does, for the model.
        parameters: the JSON schema of its arguments.
        phases: the phases that it is for; where none is given they are guessed from its words, and a tool whose words
            say nothing is for all.
        timeout_seconds: how long a run may take; None takes what the `Toolbox` says.
        grants: what must be granted before it is shown or run; nothing unless given.
        source: the definition that it was read from.

    Raises:
        ValueError: the name is empty, the time limit is not positive, or a text stands in place of a list of texts.

    Example:
        >>> tool = Tool.from_schema({"name": "ls", "description": "List files.", "input_schema": {"type": "object"}})
        >>> tool.definition("openai-responses")["parameters"]
        {'type': 'object'}
    """

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=lambda: dict(EMPTY))
    phases: Collection[str] = ()
    timeout_seconds: float | None = None
    grants: Collection[str] = frozenset()
    source: Mapping[str, Any] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name, kind in (("phases", tuple), ("grants", frozenset)):
            given = getattr(self, name)
            if isinstance(given, str):
                raise ValueError(f"got {name}={given!r} for {self.name!r}; expected a list, such as [{given!r}]")
            object.__setattr__(self, name, kind(given))
        if not self.name:
            raise ValueError("got a tool without a name; expected a text")
        if self.timeout_seconds is not None and not 0 < self.timeout_seconds < float("inf"):
            raise ValueError(f"got timeout_seconds={self.timeout_seconds} for {self.name!r}; expected a number above 0")

    @classmethod
    def from_schema(
        cls,
        definition: Mapping[str, Any],
        *,
        phases: Collection[str] = (),
        timeout_seconds: float | None = None,
        grants: Collection[str] | None = None,
    ) -> Tool:
        """Return the tool that a provider's definition describes.

        Args:
            definition: as OpenAI (Chat or Responses), Anthropic, MCP or Gemini takes it; `definition` writes it back
                unchanged in that form, unknown fields included.
            phases: the phases that it is for.
            timeout_seconds: how long a run may take.
            grants: what must be granted. Unless given: nothing, but ``destructive`` for a tool that says of itself
                that it destroys; a tool's word that it is harmless is not needed, and changes nothing.

        Raises:
            ValueError: the definition is of no known shape.
        """
        form = form_of(definition)
        name, description, parameters = parts_of(definition, form)
        if grants is None:
            annotations = definition.get("annotations")
            destroys = isinstance(annotations, dict) and annotations.get("destructiveHint") is True
            grants = (DESTRUCTIVE,) if destroys else ()
        source = deepcopy(dict(definition))
        return cls(name, description, parameters, phases, timeout_seconds, grants, source)

    def definition(self, to: str = "openai") -> dict[str, Any]:
        """Return the tool as a provider's request takes it.

        In the form it was read from it comes back unchanged; in another, name, description and parameters are told.

        Args:
            to: ``openai``, ``openai-responses``, ``anthropic``, ``mcp`` or ``gemini``.

        Raises:
            ValueError: there is no such form.
        """
        checked_form(to)
        if self.source is not None and form_of(self.source) in (to, "native"):
            return deepcopy(dict(self.source))
        return written(self.name, self.description, deepcopy(dict(self.parameters)), to)

    def tokens(self, counter: TokenCounter, to: str = "openai") -> int:
        """Return what the definition costs: the tokens of its compact JSON text."""
        return counter.count(dumps(self.definition(to)))

    @property
    def text(self) -> str:
        """What the tool says of itself, to be searched: its name, description, and its parameters'."""
        told = (f"{name} {_described(schema)}" for name, schema in _properties(self.parameters).items())
        return "\n".join((f"{self.name} {' '.join(words(self.name))}", self.description, *told))

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """The names of its arguments: those that must be given, or all where none must."""
        required = self.parameters.get("required")
        return tuple(required) if isinstance(required, list) and required else tuple(_properties(self.parameters))


def _properties(schema: Mapping[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties")
    return properties if isinstance(properties, dict) else {}


def _described(schema: Any) -> str:
    return str(schema.get("description") or "") if isinstance(schema, dict) else ""


def check_distinct(what: str, names: Sequence[str]) -> None:
    """Do nothing where no name comes twice.

    Raises:
        ValueError: one does.
    """
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise ValueError(f"got more than one {what} named {', '.join(map(repr, twice))}; expected distinct names")
