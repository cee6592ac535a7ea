"""The tools of the scripted agent: they really run, on the files of one folder, and answer in text.

Answers are the same in every run and on every machine: files come sorted, and the tests' report has neither the
folder's path nor durations, addresses or paths of the Python that ran them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

SHOWN_ROOT = "/repo"
"""Stands in the place of the folder's path."""

PYTEST = ("-m", "pytest", "-q", "--no-header", "--tb=short", "-p", "no:cacheprovider")
"""Arguments of Python for a short report; nothing is written beside the tests."""

_SCRUBBED = (
    (re.compile(r"\S*/lib/python3\.\d+/(site-packages/)?"), ""),
    (re.compile(r"\bin \d+\.\d+s\b"), "in 0.01s"),
    (re.compile(r"\bat 0x[0-9a-f]+"), "at 0x1"),
)


class ToolError(ValueError):
    """A tool cannot do what the call asks for."""


def list_files(root: Path, path: str = ".") -> str:
    """Return the files below a path, one a line, each with its number of lines."""
    found = _files(_existing(root, path))
    return "\n".join(f"{_shown(root, file)} ({len(_lines(file))} lines)" for file in found) or "no files"


def search(root: Path, pattern: str, path: str = ".") -> str:
    """Return each line that the regular expression matches, as ``path:line:text``."""
    wanted = re.compile(pattern)
    hits = [
        f"{_shown(root, file)}:{number}:{text}"
        for file in _files(_existing(root, path))
        for number, text in enumerate(_lines(file), 1)
        if wanted.search(text)
    ]
    return "\n".join(hits) or "no matches"


def read_file(root: Path, path: str, start: int = 1, end: int | None = None) -> str:
    """Return the lines of a file from `start` to `end`, both included, each behind its number and a tab.

    Raises:
        ToolError: there is no such file.
    """
    numbered = list(enumerate(_lines(_existing(root, path)), 1))
    return "\n".join(f"{number}\t{text}" for number, text in numbered[start - 1 : end])


def write_file(root: Path, path: str, content: str) -> str:
    """Write a file with its folders; return what was written."""
    file = _inside(root, path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8", newline="\n")
    return f"wrote {path}: {len(_lines(file))} lines"


def edit_file(root: Path, path: str, old: str, new: str) -> str:
    """Replace a text that stands once in a file; return the line it starts at.

    Raises:
        ToolError: there is no such file, or the text is not in it, or there more than once.
    """
    file = _existing(root, path)
    text = file.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ToolError(f"edit_file: the text to replace is {text.count(old)} times in {path}; expected once:\n{old}")
    file.write_text(text.replace(old, new), encoding="utf-8", newline="\n")
    line = text[: text.index(old)].count("\n") + 1
    return f"edited {path} at line {line} (-{len(old.splitlines())} +{len(new.splitlines())} lines)"


def run_tests(root: Path, paths: Sequence[str] = ("tests",), doctests: bool = False) -> str:
    """Run pytest on files or folders, with the examples of docstrings if asked to; return its report and exit code."""
    options = ["--doctest-modules"] if doctests else []
    done = subprocess.run(
        [sys.executable, *PYTEST, *options, *paths],
        cwd=root,
        env=_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    report = (done.stdout + done.stderr).replace(str(root), SHOWN_ROOT)
    for pattern, replacement in _SCRUBBED:
        report = pattern.sub(replacement, report)
    return f"{report.strip()}\nexit code: {done.returncode}"


TOOLS: Mapping[str, Callable[..., str]] = {
    tool.__name__: tool for tool in (list_files, search, read_file, write_file, edit_file, run_tests)
}
"""The tools by name; each takes the folder and then the call's arguments by name."""


def _environment() -> dict[str, str]:
    """Return an environment that no setting of the machine reaches, so that reports are alike everywhere."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": "src",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "COLUMNS": "100",
    }


def _inside(root: Path, path: str) -> Path:
    found = (root / path).resolve()
    if not found.is_relative_to(root):
        raise ToolError(f"got path {path!r}; expected one inside the repository")
    return found


def _existing(root: Path, path: str) -> Path:
    found = _inside(root, path)
    if not found.exists():
        raise ToolError(f"got path {path!r}, which is not there; expected one that list_files gives")
    return found


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file() and _is_text(file)) if path.is_dir() else [path]


def _is_text(file: Path) -> bool:
    """Return whether a file has no NUL byte near its start: what grep and git go by."""
    with file.open("rb") as opened:
        return b"\0" not in opened.read(8_000)


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def _shown(root: Path, file: Path) -> str:
    return file.relative_to(root).as_posix()
