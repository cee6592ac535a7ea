"""Whole sessions as single compressed blobs: for what is kept, and seldom used."""
