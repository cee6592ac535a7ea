"""The shipped test kit: the contract that every strategy passes, and sessions to pass it with.

Needs pytest and Hypothesis (``context-core[testing]``), which nothing else in the package does; so import the modules
from here by name, and nothing of the package imports them.
"""
