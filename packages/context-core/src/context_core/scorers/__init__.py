"""Scorers, one a file: how much texts have to do with a query."""
