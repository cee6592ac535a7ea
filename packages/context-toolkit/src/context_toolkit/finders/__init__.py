"""Finders: each is a function from the steps of a graph's threads to patterns; to add one is a file and a line here."""

from context_toolkit.finders.cycles import cycles
from context_toolkit.finders.error_streaks import error_streaks
from context_toolkit.finders.repeats import repeats
from context_toolkit.finders.retries import retries
from context_toolkit.finders.sequences import sequences
from context_toolkit.finders.unused import unused

FINDERS = (cycles, error_streaks, retries, repeats, unused, sequences)
"""All finders, in the order in which they are asked."""
