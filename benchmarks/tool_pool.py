"""Real sessions with their calls, and the pool of all their tools.

Sessions: every data set beside the checkout; `dev_growth` is left out (prefixes of other sessions), and so is a session
whose calls, arguments included, are those of another. Each thread is a session of its own, as a sub-agent is.

Pool: a tool whose definition stands in the data has that; of the others the logs tell the calls alone, so their
parameters' names and types are taken from these calls, those given in every call are required, and they have no
description.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from context_core import NodeType, TranscriptError, build, read_all
from context_core.json_text import loads
from context_toolkit import Tool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core import Node

DATA = Path(__file__).parents[2] / "shared" / "data"
FAMILIES = {
    "tau_bench": "airline",
    "tau2_bench": "airline",
    "entire_claude_code": "claude",
    "specstory_md": "claude",
}
"""Data sets that share most of their tools: none of a family is known where its kind is to be unseen."""
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
_SKIPPED = ("LICENSE", "INDEX", "prompt.txt", "metadata.json")


@dataclass(frozen=True, slots=True)
class Session:
    """One thread of a session.

    Attributes:
        data_set: the folder it is from.
        group: what must not be torn apart by a split: trials of one task, threads of one session.
        nodes: in order.
    """

    data_set: str
    group: str
    nodes: tuple[Node, ...]

    @property
    def family(self) -> str:
        """The data set, or what it shares most of its tools with."""
        return FAMILIES.get(self.data_set, self.data_set)

    def cuts(self) -> dict[int, list[str]]:
        """Return for each turn of the model that calls tools how many nodes stood before it, and the tools called."""
        found: defaultdict[int, list[str]] = defaultdict(list)
        starts: dict[str, int] = {}
        for place, node in enumerate(self.nodes):
            start = starts.setdefault(node.message_id, place)
            if node.type is NodeType.TOOL_CALL:
                while start and self.nodes[start - 1].role == "assistant":
                    start -= 1
                found[start].append(node.tool_name or "")
        return dict(found)


def sessions(data: Path = DATA, data_sets: Iterable[str] = ()) -> list[Session]:
    """Return the distinct sessions that call tools, of some data sets or of all."""
    found: dict[str, Session] = {}
    for folder in sorted(data.iterdir()):
        if folder.is_dir() and (not data_sets or folder.name in data_sets):
            for session in _of_folder(folder):
                calls = [(n.tool_name, n.content) for n in session.nodes if n.type is NodeType.TOOL_CALL]
                if calls:
                    found.setdefault(sha256(repr((session.family, calls)).encode()).hexdigest(), session)
    return list(found.values())


def _of_folder(folder: Path) -> Iterator[Session]:
    tasks = _tau2_tasks(folder) if folder.name == "tau2_bench" else {}
    for path in _files(folder):
        try:
            for transcript in read_all(path, on_error="skip"):
                threads: defaultdict[str | None, list[Node]] = defaultdict(list)
                for node in build(transcript).nodes():
                    threads[node.metadata.get("thread")].append(node)
                group = _group(folder.name, path, transcript.session_id or "", tasks)
                yield from (Session(folder.name, group, tuple(nodes)) for nodes in threads.values())
        except TranscriptError:
            continue  # notes beside the sessions, and cassettes that cannot be read


def _group(data_set: str, path: Path, session_id: str, tasks: dict[str, str]) -> str:
    if data_set in ("tau_bench", "agentrx"):
        return f"{data_set} {session_id.partition('/')[0]}"
    if data_set == "tau2_bench":
        return f"{data_set} {tasks.get(session_id, session_id)}"
    if data_set == "swe_agent_traj":
        return path.stem
    return f"{data_set} {path.parent.name} {path.stem} {session_id}"


def _tau2_tasks(folder: Path) -> dict[str, str]:
    runs = (run for path in _files(folder) for run in loads(path.read_bytes())["simulations"])
    return {run["id"]: str(run["task_id"]) for run in runs}


def _files(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "dev_growth" not in path.parts and not path.name.startswith(_SKIPPED)
    ]


def split(every: Sequence[Session]) -> tuple[list[Session], list[Session]]:
    """Return training and test sessions: of each family every second group is for training, from the second on.

    A data set with one group is of a kind never seen.
    """
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for session in every:
        groups[session.family].add(session.group)
    ordered = {family: sorted(of, key=_digest) for family, of in groups.items()}
    training = {group for of in ordered.values() for group in of[1::2]}
    return [s for s in every if s.group in training], [s for s in every if s.group not in training]


def folds(training: Sequence[Session], count: int) -> list[tuple[list[Session], list[Session]]]:
    """Return the sessions as (all others, one part), for as many parts; groups stay together."""
    fold = {session.group: int(_digest(session.group), 16) % count for session in training}
    return [
        ([s for s in training if fold[s.group] != n], [s for s in training if fold[s.group] == n]) for n in range(count)
    ]


def _digest(group: str) -> str:
    return sha256(group.encode()).hexdigest()


def pool(every: Sequence[Session], data: Path = DATA) -> tuple[list[Tool], dict[str, str]]:
    """Return the tools that are called or defined, the most called first, and of each where its schema is from."""
    calls = Counter(n.tool_name or "" for s in every for n in s.nodes if n.type is NodeType.TOOL_CALL)
    given = defined(data)
    names = [*sorted(calls, key=lambda name: (-calls[name], name)), *sorted(given.keys() - calls.keys())]
    derived = _derived(every)
    tools = [Tool.from_schema(given[name] if name in given else derived[name]) for name in names if name]
    return tools, {tool.name: "defined" if tool.name in given else "from calls" for tool in tools}


def defined(data: Path = DATA) -> dict[str, dict[str, Any]]:
    """Return the definitions of tools that stand anywhere in the data, by name; of several the longest."""
    found: dict[str, dict[str, Any]] = {}
    for path in (path for folder in sorted(data.iterdir()) if folder.is_dir() for path in _files(folder)):
        text = path.read_text(errors="replace")
        if '"parameters' in text.replace("\\", "") or "input_schema" in text:
            for definition in _definitions(_values(path, text)):
                name = Tool.from_schema(definition).name
                if len(str(definition)) > len(str(found.get(name, ""))):
                    found[name] = definition
    return found


def _values(path: Path, text: str) -> list[Any]:
    if path.suffix == ".yaml":
        import yaml

        return [yaml.safe_load(text)]
    lines = text.splitlines() if path.suffix == ".jsonl" else [text]
    return [value for line in lines if (value := _parsed(line)) is not None]


def _definitions(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")) and ('"param' in value or "schema" in value):
        value = _parsed(value)
    if isinstance(value, dict):
        if _is_definition(value):
            yield value
            return
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from _definitions(item)


def _is_definition(value: dict[str, Any]) -> bool:
    told = value["function"] if isinstance(value.get("function"), dict) else value
    schema = next((told[key] for key in ("parameters", "input_schema", "inputSchema") if key in told), None)
    is_schema = isinstance(schema, dict) and (isinstance(schema.get("type"), str) or "properties" in schema)
    return is_schema and isinstance(told.get("name"), str) and bool(told.get("description"))


def _parsed(text: str) -> Any:
    try:
        return loads(text)
    except ValueError:
        return None


def _derived(every: Sequence[Session]) -> dict[str, dict[str, Any]]:
    """Return a definition for each tool called, from the arguments of its calls."""
    types: defaultdict[str, dict[str, str]] = defaultdict(dict)
    given: defaultdict[str, Counter[str]] = defaultdict(Counter)
    calls: Counter[str] = Counter()
    for node in (n for s in every for n in s.nodes if n.type is NodeType.TOOL_CALL):
        name, arguments = node.tool_name or "", _parsed(node.content)
        calls[name] += 1
        for key, value in arguments.items() if isinstance(arguments, dict) else ():
            types[name].setdefault(key, _TYPES.get(type(value), "string"))
            given[name][key] += 1
    return {
        name: {
            "name": name,
            "input_schema": {
                "type": "object",
                "properties": {key: {"type": kind} for key, kind in types[name].items()},
                "required": [key for key in types[name] if given[name][key] == count],
            },
        }
        for name, count in calls.items()
    }
