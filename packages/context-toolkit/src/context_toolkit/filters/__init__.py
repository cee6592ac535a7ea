"""Filters: what an over-eager server dumps is left out of a result before it enters the context; it can be expanded."""
