"""The agent's own tools: to look behind a pointer, to search, to ask why, to keep something, to see how full it is."""
