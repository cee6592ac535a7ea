"""What every sample says."""

from __future__ import annotations

PATH = "src/grün.py"
"""Stands in the arguments of each sample's call."""

RESULT = "line one\nline 2: größe = 7"
"""What each sample's call returned."""

ASK, SAY = "What is in the file?", "It sets größe to 7."

TIME = "2026-01-02T03:04:05Z"

CALL = {"id": "call_1", "type": "function", "function": {"name": "read", "arguments": f'{{"path":"{PATH}"}}'}}
