"""What the cache may do with the calls of a tool, and what the tool does to the world."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from context_toolkit.cache.extent import EVERYTHING, NOTHING, Extent, all_named, named, shown_writes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from context_toolkit.cache.extent import Arguments, Source

SIMILAR = 0.9
"""Cosine from which two free texts may count as one question."""


class KeyKind(StrEnum):
    """Which calls of a tool are equal."""

    EXACT = "exact"
    """Those whose arguments were given alike, the order of keys included; a JSON text to the letter."""
    NORMALISED = "normalised"
    """Those whose arguments are equal as JSON: order of keys, blanks between them and defaults count for nothing.
    Values count to the letter: paths and letter case are never touched, and 1, 1.0, "1" and true are four things."""


class Effect(StrEnum):
    """What a call does to the world."""

    NONE = "none"
    """It changes nothing."""
    NAMED = "named"
    """It changes what its arguments name."""
    UNKNOWN = "unknown"
    """It may change anything, unless its arguments have the shape of a file's write."""


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """How the calls of a tool are cached; make one with `until_written`, `for_seconds`, `writer`, `inert` or `never`.

    Attributes:
        is_cached: whether results are kept; only those of tools without an effect ever are.
        effect: what a call does to the world.
        sources: names of the arguments that say what is read, or written; or functions that return names of places.
        ttl_seconds: age up to which a result is served, counted from when its call began; None for any age.
        in_result: whether what a result says was read, too: the rows of a query, the files of a search.
        are_files: whether the named places are files, never folders: sharper where absolute and relative paths meet.
        key: which calls are equal.
        schema: JSON schema of the arguments; a normalised key leaves out those that have their default.
        free_text: the argument that is a question in words: similar ones share a result. None to compare it as it is.
        threshold: the least cosine of two questions that share a result, above 0 up to 1.
        keeps: says of a result whether to keep it; all unless given. Tools may tell an error as a text.
        fingerprint: what of the policy decides when a kept result is stale; another policy does not find this one's.

    Example:
        >>> CachePolicy.until_written("path").sources, CachePolicy.for_seconds(60).ttl_seconds
        (('path',), 60)
    """

    is_cached: bool = False
    effect: Effect = Effect.UNKNOWN
    sources: tuple[Source, ...] = ()
    ttl_seconds: float | None = None
    in_result: bool = False
    are_files: bool = False
    key: KeyKind = KeyKind.NORMALISED
    schema: Mapping[str, Any] | None = None
    free_text: str | None = None
    threshold: float = SIMILAR
    keeps: Callable[[Any], bool] | None = None
    fingerprint: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.is_cached and self.effect is not Effect.NONE:
            raise ValueError(f"got a cached tool of effect {self.effect.value!r}; only calls that change nothing are")
        if self.ttl_seconds is not None and not self.ttl_seconds > 0:
            raise ValueError(f"got ttl_seconds={self.ttl_seconds}; expected more than 0, or a policy that never caches")
        if not 0 < self.threshold <= 1:
            raise ValueError(f"got threshold={self.threshold}; expected a cosine above 0 up to 1")
        names = [source if isinstance(source, str) else getattr(source, "__qualname__", "") for source in self.sources]
        decisive = (names, self.in_result, self.are_files, self.ttl_seconds is None, self.key.value, self.free_text)
        object.__setattr__(self, "fingerprint", repr(decisive))

    @classmethod
    def until_written(cls, *reads: Source, **options: Any) -> CachePolicy:
        """Keep a result until a call writes what this one read.

        Args:
            reads: arguments that name it, or functions of all arguments that return its names. A folder stands for
                all in it. Without any, or where one is missing in a call, the call may have read anything, and every
                write invalidates it.
            options: further attributes.
        """
        return cls(True, Effect.NONE, reads, **options)

    @classmethod
    def for_seconds(cls, seconds: float, *reads: Source, **options: Any) -> CachePolicy:
        """Keep a result up to an age; where it is said what a call reads, also no longer than until that is written."""
        return cls(True, Effect.NONE, reads, seconds, **options)

    @classmethod
    def writer(cls, *writes: Source, are_files: bool = False) -> CachePolicy:
        """Never keep a result; a call changes what the named arguments name, or with none, what any of them names."""
        return cls(False, Effect.NAMED, writes, are_files=are_files)

    @classmethod
    def inert(cls) -> CachePolicy:
        """Never keep a result; a call changes nothing: a clock, a thought."""
        return cls(False, Effect.NONE)

    @classmethod
    def never(cls) -> CachePolicy:
        """Never keep a result; a call may change anything, as that of a tool of which nothing is known."""
        return cls()

    def evolve(self, **changes: Any) -> CachePolicy:
        """Return a policy with some attributes changed."""
        return replace(self, **changes)

    def reads(self, arguments: Arguments) -> Extent:
        """Return what a call of a cached tool reads; nothing where its age alone counts."""
        if not self.sources:
            return EVERYTHING if self.ttl_seconds is None else NOTHING
        return named(arguments, self.sources, are_files=self.are_files)

    def writes(self, tool: str, arguments: Arguments) -> Extent:
        """Return what a call writes."""
        if self.effect is Effect.NONE:
            return NOTHING
        if self.effect is Effect.UNKNOWN:
            return shown_writes(tool, arguments)
        return named(arguments, self.sources, are_files=self.are_files) if self.sources else all_named(arguments)
