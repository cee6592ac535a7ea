"""A writer that is killed loses nothing that it was told is stored."""

import os
import re
import subprocess
import sys
from pathlib import Path

CRASHING = Path(__file__).with_name("crashing.py")


def kills(kind, place, number, **environment):
    """Kill so many writers at moments of their own; return how many steps they had acknowledged."""
    command = [sys.executable, str(CRASHING), kind, str(place), str(number), "1"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    return int(re.fullmatch(rf"{number} kills, (\d+) steps\n", done.stdout)[1])


def test_killing_200_writers(tmp_path):
    """Killed 200 times, wherever it just was, a SQLite store verifies, and holds everything that was acknowledged."""
    assert kills("sqlite", tmp_path, 200) > 40


def test_killing_writers_of_a_folder(tmp_path):
    """A store in a folder holds everything that was acknowledged after each of 40 kills."""
    assert kills("files", tmp_path, 40) > 8


def test_killing_clients_of_a_server(postgres_url, tmp_path):
    """A store on PostgreSQL holds everything that was acknowledged after each of 25 clients that were killed."""
    assert kills("postgres", postgres_url, 25, CRASH_FOLDER=str(tmp_path)) > 5
