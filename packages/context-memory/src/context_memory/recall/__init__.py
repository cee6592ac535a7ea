"""Recall: what was said in any session of a store, found by words, meaning, names and time."""
