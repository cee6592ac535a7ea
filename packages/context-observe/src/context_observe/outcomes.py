"""Outcomes: what only the application knows of its agents, told as events to the same sinks.

from context_core import emit
from context_observe import TaskEnded, TaskStarted

emit(TaskStarted("session-7"))
...
emit(TaskEnded("session-7", completed=True))
"""

from __future__ import annotations

from dataclasses import dataclass

from context_core.events import Event


@dataclass(frozen=True, slots=True)
class TaskStarted(Event):
    """An agent was given something to do; from now on, its silence is watched."""


@dataclass(frozen=True, slots=True)
class TaskEnded(Event):
    """An agent is through with it, one way or the other.

    Attributes:
        completed: whether what was asked for was done.
    """

    completed: bool


@dataclass(frozen=True, slots=True)
class WorkReviewed(Event):
    """A person, or a test, judged what an agent made.

    Attributes:
        approved: whether it was taken as it is.
    """

    approved: bool


@dataclass(frozen=True, slots=True)
class WorkRedone(Event):
    """Something that was held to be done had to be done again."""


@dataclass(frozen=True, slots=True)
class FaultMet(Event):
    """A tool or a service failed in an agent's hands.

    Attributes:
        recovered: whether the agent got on without help.
    """

    recovered: bool


@dataclass(frozen=True, slots=True)
class SessionResumed(Event):
    """A session was taken up again, after a pause, a restart, or in another process.

    Attributes:
        succeeded: whether the agent went on from where it was.
    """

    succeeded: bool
