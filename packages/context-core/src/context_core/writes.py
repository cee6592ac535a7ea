"""Which files a call writes, by the shape of its arguments: every agent's tools have other names.

1. A patch in one argument: the files that its headers name (apply_patch's, or a unified diff's).
2. A path beside a content (a whole file), or beside new text for old (an edit).
3. A shell command that sends a here-document or its output into a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from posixpath import normpath
from typing import TYPE_CHECKING, Any

from context_core.json_text import loads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from context_core.node import Node


class WriteAction(StrEnum):
    """What a call does to a file."""

    WRITE = "write"
    """Gives it a whole content."""
    EDIT = "edit"
    """Changes a part of it."""
    DELETE = "delete"
    """Takes it away."""


@dataclass(frozen=True, slots=True)
class Write:
    """One change of one file.

    Attributes:
        path: as the call names it.
        action: what happens to the file.
    """

    path: str
    action: WriteAction


_PATH_KEYS = ("file_path", "path", "filePath", "filename", "file_name", "target_file", "notebook_path", "absolute_path")
_CONTENT_KEYS = ("content", "contents", "file_text", "new_source", "code_edit")
_EDIT_KEYS = ("new_string", "new_str", "newText", "edits", "replacement", "diff", "insert_text", "patch")
_COMMAND_KEYS = ("command", "cmd", "script")
_PATCH_FILE = re.compile(
    r"""^\*\*\*\ (?P<action>Add|Update|Delete)\ File:(?P<path>[^\n]+)
      | ^\*\*\*\ Move\ to:(?P<moved>[^\n]+)
      | ^---\ (?P<gone>[^\t\n]+)[^\n]*\n\+\+\+\ /dev/null
      | ^\+\+\+\ (?P<diff>[^\t\n]+)""",
    re.MULTILINE | re.VERBOSE,
)
_PATCH_STARTS = ("*** Begin Patch", "--- ", "+++ ", "diff --git ")
_REDIRECT = re.compile(
    r"""(?<![<>|=-])>{1,2}\|?[ \t]*(?P<quote>['"]?)(?P<path>[\w~$./-][\w~$./@+-]*)(?P=quote)
      | \btee[ \t]+(?P<append>-a[ \t]+|--append[ \t]+)?(?P<tee>[\w~$./][\w~$./@+-]*)""",
    re.VERBOSE,
)
_DOCUMENT = re.compile(r"(?<!<)<<-?[ \t]*(['\"]?)(?P<mark>\w{1,64})\1")
_QUOTED = re.compile(r"'[^']*(?:'|\Z)|\"(?:[^\"\\]|\\.|\\\Z)*+(?:\"|\Z)", re.DOTALL)
_BLANK = re.compile(r"[\s<>]")
_VIEWS = ("view", "read", "list", "search", "undo_edit")
"""Commands of editing tools that change nothing."""
_PATCH_ACTIONS = {"Add": WriteAction.WRITE, "Update": WriteAction.EDIT, "Delete": WriteAction.DELETE}


def writes(call: Node) -> list[Write]:
    """Return the changes of files that a call asks for, in order, each file once.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> writes(graph.add_tool_call("Edit", {"file_path": "a.py", "old_string": "x", "new_string": "y"}))
        [Write(path='a.py', action=<WriteAction.EDIT: 'edit'>)]
    """
    try:
        arguments = loads(call.content)
    except ValueError:
        arguments = {"patch": call.content}
    found = _of_arguments(arguments) if isinstance(arguments, dict) else ()
    return list({write.path: write for write in found}.values())


def _of_arguments(arguments: dict[str, Any]) -> Iterator[Write]:
    for text in arguments.values():
        if isinstance(text, str) and (text.lstrip().startswith(_PATCH_STARTS) or "*** Begin Patch\n" in text):
            yield from _of_patch(text)
    if arguments.get("command") in _VIEWS:
        return
    path = next((arguments[key] for key in _PATH_KEYS if isinstance(arguments.get(key), str)), None)
    if path:
        if any(arguments.get(key) is not None for key in _EDIT_KEYS):
            yield Write(_plain(path), WriteAction.EDIT)
        elif any(isinstance(arguments.get(key), str) for key in _CONTENT_KEYS):
            yield Write(_plain(path), WriteAction.WRITE)
    for key in _COMMAND_KEYS:
        command = arguments.get(key)
        yield from _of_command(" ".join(map(str, command)) if isinstance(command, list) else command)


def _of_patch(text: str) -> Iterator[Write]:
    for match in _PATCH_FILE.finditer(text):
        if match["action"]:
            yield Write(_plain(match["path"]), _PATCH_ACTIONS[match["action"]])
        elif match["moved"]:
            yield Write(_plain(match["moved"]), WriteAction.WRITE)
        elif match["gone"]:
            yield Write(_plain(match["gone"].strip().removeprefix("a/")), WriteAction.DELETE)
        elif match["diff"].strip() != "/dev/null":
            yield Write(_plain(match["diff"].strip().removeprefix("b/")), WriteAction.EDIT)


def _plain(path: str) -> str:
    """Return a path without ``./`` and doubled slashes: one file, one artifact."""
    return normpath(path.strip())


def _of_command(command: Any) -> Iterator[Write]:
    """Yield the files that a shell command's first lines write; what a here-document holds is no command."""
    if not isinstance(command, str) or not (">" in command or "tee " in command):
        return
    for match in _REDIRECT.finditer(_without_documents(command)):
        path = match["path"] or match["tee"]
        if not path.startswith("/dev/") and not path.isdecimal():
            is_appended = match[0].startswith(">>") or bool(match["append"])
            yield Write(_plain(path), WriteAction.EDIT if is_appended else WriteAction.WRITE)


def _without_documents(command: str) -> str:
    """Return a command without the bodies of its here-documents and without quoted texts that hold blanks."""
    kept: list[str] = []
    mark: str | None = None
    for line in command.split("\n"):
        if mark is not None:
            mark = None if line.strip() == mark else mark
            continue
        kept.append(line)
        document = _DOCUMENT.search(line)
        mark = document["mark"] if document is not None else None
    return _QUOTED.sub(lambda match: "''" if _BLANK.search(match[0]) else match[0], "\n".join(kept))
