"""Prefetch: which call comes next, and running it ahead where that is safe."""
