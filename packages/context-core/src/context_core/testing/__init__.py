"""The shipped test kit: contracts that every store passes, and examples to pass them with.

Needs pytest and Hypothesis (``context-core[testing]``), which nothing else in the package does; so import the modules
from here by name, and nothing of the package imports them.
"""
