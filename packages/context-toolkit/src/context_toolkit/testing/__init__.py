"""The shipped test kit: a world that tools read and write, and a state machine that holds a cache against it.

Needs pytest and Hypothesis (``context-core[testing]``), which nothing else in the package does; so import the modules
from here by name, and nothing of the package imports them.
"""
