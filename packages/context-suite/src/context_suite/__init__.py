"""The context engine in one import: what an agent loop needs, wired."""

from context_suite.engine import ContextEngine

__version__ = "0.1.0"

__all__ = ["ContextEngine"]
