"""The cache of tool calls: policies, keys, places, and what keeps a stale result from ever being served."""
