"""Terminal: what a terminal shows at the end of a text with escapes, carriage returns and backspaces.

1. A text without such signs is left as it is; line ends become plain.
2. Escapes that only colour, or set a title, are left out.
3. Where the rest moves the cursor within the last lines, the text is played: rows of signs, written over as a terminal
   writes (ECMA-48, "Control Functions for Coded Character Sets", 5th edition, 1991).
4. A text that places the cursor anywhere on the screen is a full-screen program's: it is only left without colours.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]"  # control sequences: colours, cursor
    r"|\][^\x07\x1b]*+(?:\x07|\x1b\\)?"  # operating system commands: titles, links
    r"|[PX^_][^\x1b]*+(?:\x1b\\)?"  # device control strings
    r"|[ -/]++[0-~]|[0-Z\\^-~])"  # character sets, and escapes of two signs
)
_MOVES = re.compile(r"\x1b\[[0-?]*+[A-HJKf]")
_PLACES = re.compile(r"\x1b\[(?:[0-?]*+[Hf]|[1-3]J|\?1049h)")
_PLAYED = re.compile(r"(\x1b\[[0-?]*+[A-GJK]|[\r\n\b])")
_NO_MOVE = re.compile(r"\x1b\[[0-?]*+[ -/]*+[IL-eg-z@`{|}~]")
_WIDEST = 1_000
"""Columns to which the cursor is moved at most: a terminal stops at its edge."""


def shown(text: str) -> str:
    """Return what a terminal shows of a text at the end.

    Example:
        >>> shown("\\x1b[32mok\\x1b[0m\\r\\n 10%\\r 50%\\r100%\\ndone")
        'ok\\n100%\\ndone'
    """
    if "\x1b" not in text and "\r" not in text and "\b" not in text:
        return text
    plain = text.replace("\r\n", "\n")
    if "\x1b" in plain and _PLACES.search(plain):
        return _ESCAPE.sub("", plain)
    if "\r" in plain or "\b" in plain or _MOVES.search(plain):
        return _ESCAPE.sub("", "\n".join(_played(plain)))
    return _ESCAPE.sub("", plain)


def _played(text: str) -> list[str]:
    """Return the rows that a terminal shows."""
    text = _ESCAPE.sub(lambda found: found[0] if _MOVES.fullmatch(found[0]) else "", text)
    screen = _Screen()
    for piece in _PLAYED.split(text):
        if piece in _SIGNS:
            _SIGNS[piece](screen)
        elif piece.startswith("\x1b["):
            number = piece[2:-1]
            screen.move(piece[-1], int(number) if number.isascii() and number.isdigit() and len(number) < 9 else None)
        elif piece:
            screen.write(piece)
    return ["".join(row) for row in screen.rows]


class _Screen:
    """Rows of signs, and where the next one goes."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = [[]]
        self.row = self.column = 0

    def write(self, text: str) -> None:
        row = self.rows[self.row]
        if self.column > len(row):
            row += " " * (self.column - len(row))
        row[self.column : self.column + len(text)] = text
        self.column += len(text)

    def end_line(self) -> None:
        self.row, self.column = self.row + 1, 0
        if self.row == len(self.rows):
            self.rows.append([])

    def start_line(self) -> None:
        self.column = 0

    def back(self) -> None:
        self.column = max(0, self.column - 1)

    def move(self, sign: str, number: int | None) -> None:
        """Carry out a control sequence by its last sign."""
        count = max(1, number or 1)
        if sign in "AF":
            self.row = max(0, self.row - count)
        elif sign in "BE":
            self.row = min(len(self.rows) - 1, self.row + count)
        elif sign == "C":
            self.column = max(self.column, min(_WIDEST, self.column + count))
        elif sign == "D":
            self.column = max(0, self.column - count)
        elif sign == "G":
            self.column = min(_WIDEST, count - 1)
        else:
            self._erase(sign, number or 0)
        if sign in "EF":
            self.column = 0

    def _erase(self, sign: str, number: int) -> None:
        row = self.rows[self.row]
        if number == 2:
            row.clear()
        elif number == 1:
            row[: self.column + 1] = " " * min(len(row), self.column + 1)
        else:
            del row[self.column :]
            if sign == "J":
                del self.rows[self.row + 1 :]


_SIGNS = {"\n": _Screen.end_line, "\r": _Screen.start_line, "\b": _Screen.back}
