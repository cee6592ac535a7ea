"""A world of files, folders, rows and weather, and the tools that read and write it: the truth for a cache's tests."""

from __future__ import annotations

from posixpath import join, normpath
from typing import Any

from context_toolkit.cache.policy import CachePolicy

ROOT = "/repo"
FILES = ("a.py", "A.py", "src/a.py", "src/b.py", "src/deep/c.py", "lib/src/a.py", "Src/b.py")
FOLDERS = ("", "src", "src/deep", "lib", "lib/src", "Src")
CUSTOMERS = ("anna", "Anna", "bo")
ROWS = (7, 42, 1042)
STATES = ("open", "sent")
CITIES = ("rome", "oslo")
AGE = 60
"""Seconds for which the weather is kept."""

POLICIES = {
    "read": CachePolicy.until_written("path", are_files=True),
    "mine": CachePolicy.until_written("path"),
    "list": CachePolicy.until_written("path"),
    "search": CachePolicy.until_written("path"),
    "glob": CachePolicy.until_written("pattern"),
    "row": CachePolicy.until_written("id"),
    "rows_of": CachePolicy.until_written("customer", in_result=True),
    "count": CachePolicy.until_written(),
    "weather": CachePolicy.for_seconds(AGE),
    "forecast": CachePolicy.for_seconds(AGE, "path"),
    "delete": CachePolicy.writer("path"),
    "move": CachePolicy.writer("path", "to"),
    "update_row": CachePolicy.writer(),
    "add_row": CachePolicy.writer("id", "customer"),
}
"""`write` and `shell` have none: what they write is judged by their arguments."""


def spellings(path: str) -> list[str]:
    """Return names of one path, each meant in the root.

    Example:
        >>> spellings("a.py")[:3]
        ['a.py', './a.py', '/repo/a.py']
    """
    return [
        path or ".",
        f"./{path}",
        f"{ROOT}/{path}".rstrip("/"),
        f"{ROOT}//./{path}",
        f"../repo/{path}",
        f"none/../{path}",
        f"src/deep/../../{path}",
    ]


class World:
    """Files, rows and weather; a method is a tool.

    Attributes:
        files: text by path in the root.
        rows: customer and state by id.
        sky: the weather of every city.
        folder: where a path that is not absolute begins.

    Example:
        >>> world = World()
        >>> world.write("./src/a.py", "x"), world.read("/repo/src/a.py")
        (None, 'x')
    """

    def __init__(self) -> None:
        self.files = {path: f"first {path}" for path in FILES}
        self.rows = {7: ("anna", "open"), 42: ("bo", "open")}
        self.sky = 0
        self.folder = ROOT

    def at(self, name: str) -> str:
        """Return a path in the root for any name of it."""
        path = normpath(join(self.folder, name))
        return "" if path == ROOT else path.removeprefix(f"{ROOT}/")

    def inside(self, name: str) -> dict[str, str]:
        """Return the files in a folder and below."""
        folder = self.at(name)
        return {path: text for path, text in self.files.items() if not folder or path.startswith(f"{folder}/")}

    # ── tools that read ──────────────────────────────────────────────────────────────────────────────────────────

    def read(self, path: str) -> str:
        """Return a file."""
        return self.files.get(self.at(path), f"no file {path}")

    def mine(self, path: str, user: str = "") -> Any:
        """Return a file as a user sees it."""
        return {"user": user, "text": self.read(path)}

    def list(self, path: str) -> Any:
        """Return the names in a folder."""
        depth = self.at(path).count("/") + 1 if self.at(path) else 0
        return sorted({name.split("/")[depth] for name in self.inside(path)})

    def search(self, text: str, path: str = ".") -> str:
        """Return the files below a folder that hold a text."""
        return "\n".join(sorted(f"{name}: {held}" for name, held in self.inside(path).items() if text in held))

    def glob(self, pattern: str) -> Any:
        """Return the files of a pattern such as ``src/**/*.py``."""
        folder, _, ending = pattern.rpartition("/**/*")
        return sorted(name for name in self.inside(folder) if name.endswith(ending))

    def row(self, id: int | str) -> Any:
        """Return a row."""
        return list(self.rows.get(int(id), ()))

    def rows_of(self, customer: str) -> Any:
        """Return a customer's rows."""
        return [{"id": id, "state": state} for id, (owner, state) in self.rows.items() if owner == customer]

    def count(self) -> int:
        """Return how many letters all files and rows have."""
        return len(str(self.files)) + len(str(self.rows))

    def weather(self, city: str) -> Any:
        """Return the weather."""
        return [city, self.sky]

    def forecast(self, city: str, path: str) -> Any:
        """Return the weather, and a file."""
        return [city, self.sky, self.read(path)]

    # ── tools that write ─────────────────────────────────────────────────────────────────────────────────────────

    def write(self, path: str, content: str) -> None:
        """Write a file."""
        self.files[self.at(path)] = content

    def delete(self, path: str) -> None:
        """Take away a file or a folder."""
        for name in self._of(path):
            del self.files[name]

    def move(self, path: str, to: str) -> None:
        """Give a file or a folder another name."""
        old, new = self.at(path), self.at(to)
        moved = {new + name[len(old) :]: self.files.pop(name) for name in self._of(path)}
        self.files.update(moved)

    def update_row(self, id: int | str, state: str) -> None:
        """Change a row."""
        if int(id) in self.rows:
            self.rows[int(id)] = (self.rows[int(id)][0], state)

    def add_row(self, id: int | str, customer: str) -> None:
        """Make a row, or give it to another customer; that it leaves one is a write of that one, too."""
        self.rows[int(id)] = (customer, "open")

    def shell(self, command: str) -> None:
        """Go to another folder, or change everything."""
        if command.startswith("cd "):
            self.folder = normpath(join(ROOT, command[3:]))
        else:
            self.files = dict.fromkeys(self.files, command)
            self.rows = {id: (owner, command) for id, (owner, _) in self.rows.items()}

    def _of(self, path: str) -> tuple[str, ...]:
        gone = self.at(path)
        return tuple(name for name in self.files if name == gone or name in self.inside(path))
