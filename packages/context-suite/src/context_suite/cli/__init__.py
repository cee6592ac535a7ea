"""The command line."""

from context_suite.cli.app import main

__all__ = ["main"]
