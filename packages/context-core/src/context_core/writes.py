"""Which files a call writes, by the shape of its arguments: every agent's tools have other names.

1. A patch in one argument: the files that its headers name (apply_patch's, or a unified diff's).
2. A path beside a content (a whole file), or beside new text for old (an edit).
3. A shell command that sends a here-document or its output into a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
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
_CONTENT_KEYS = ("content", "contents", "file_text", "new_source", "code_edit", "text")
_EDIT_KEYS = ("new_string", "new_str", "newText", "edits", "replacement", "diff", "insert_text", "patch")
_COMMAND_KEYS = ("command", "cmd", "script")
_PATCH_FILE = re.compile(
    r"""^\*\*\*\ (?P<action>Add|Update|Delete)\ File:\ (?P<path>.+?)\s*$
      | ^\+\+\+\ (?:b/)?(?P<diff>[^\t\n]+?)\s*$""",
    re.MULTILINE | re.VERBOSE,
)
_REDIRECT = re.compile(
    r"""(?<![\d&<>|=-])>>?\s*(?P<quote>['"]?)(?P<path>[\w~./-][\w~./@+-]*)(?P=quote)
      | \btee\s+(?P<append>-a\s+)?(?P<tee>[\w~./-]+)""",
    re.VERBOSE,
)
_DOCUMENT = re.compile(
    r"""<<-?\s*(['"]?)(?P<mark>\w+)\1(?P<rest>[^\n]*)\n   # from its mark,
        .*?(?:\n\s*(?P=mark)[ \t]*(?=\n|$)|\Z)             # to the line that holds the mark alone""",
    re.DOTALL | re.VERBOSE,
)
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
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
        if isinstance(text, str) and ("*** Begin Patch" in text or "\n+++ " in text):
            yield from _of_patch(text)
    path = next((arguments[key] for key in _PATH_KEYS if isinstance(arguments.get(key), str)), None)
    if path:
        if any(arguments.get(key) is not None for key in _EDIT_KEYS):
            yield Write(path, WriteAction.EDIT)
        elif any(isinstance(arguments.get(key), str) for key in _CONTENT_KEYS):
            yield Write(path, WriteAction.WRITE)
    for key in _COMMAND_KEYS:
        command = arguments.get(key)
        yield from _of_command(" ".join(map(str, command)) if isinstance(command, list) else command)


def _of_patch(text: str) -> Iterator[Write]:
    for match in _PATCH_FILE.finditer(text):
        if match["action"]:
            yield Write(match["path"], _PATCH_ACTIONS[match["action"]])
        elif match["diff"] != "/dev/null":
            yield Write(match["diff"], WriteAction.EDIT)


def _of_command(command: Any) -> Iterator[Write]:
    """Yield the files that a shell command's first lines write; what a here-document holds is no command."""
    if not isinstance(command, str) or not (">" in command or "tee " in command):
        return
    for match in _REDIRECT.finditer(_without_documents(command)):
        path = match["path"] or match["tee"]
        if path and not path.startswith("/dev/"):
            is_appended = match[0].startswith(">>") or bool(match["append"])
            yield Write(path, WriteAction.EDIT if is_appended else WriteAction.WRITE)


def _without_documents(command: str) -> str:
    """Return a command without the bodies of its here-documents and without quoted texts that hold blanks."""
    bare = _DOCUMENT.sub(lambda match: match["rest"] + "\n", command)
    return _QUOTED.sub(lambda match: "''" if re.search(r"[\s<>]", match[0]) else match[0], bare)
