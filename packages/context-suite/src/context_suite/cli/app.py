"""`ctx`: the commands, and what a mistake looks like: one line on stderr, exit code 2."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any

import typer

from context_core import ContextError

app = typer.Typer(
    name="ctx",
    help="See, shrink and restore an agent's context. FILE is a transcript of nearly any agent; the format is found "
    "from the content. Of a file with several sessions, FILE#0 is the first.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

kept = typer.Typer(
    name="store", help="See and keep what is stored.", no_args_is_help=True, pretty_exceptions_enable=False
)
app.add_typer(kept)

FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="A transcript; FILE#0 for a session; - for stdin.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
StoreOption = Annotated[
    str | None, typer.Option("--store", help="Where compressed sessions live; a file in your data folder by default.")
]
ToOption = Annotated[
    str | None,
    typer.Option("--to", help="anthropic, openai, openai-responses, markdown or xml; what is nearest by default."),
]
FileOption = Annotated[str | None, typer.Option("--file", help="Look in this transcript instead of the store.")]
SessionOption = Annotated[str | None, typer.Option("--session", help="A stored session; the last one by default.")]
OutputOption = Annotated[str | None, typer.Option("-o", "--output", help="Write the messages here; - for stdout.")]
ErrorOption = Annotated[str, typer.Option("--on-error", help="What a damaged line does: raise or skip.")]


@app.callback()
def _root() -> None:
    """Keep `ctx` a group of commands, even while it has one."""


@app.command()
def demo(as_json: JsonOption = False) -> None:
    """Do the main job on a recorded session: build, compress, explain, restore, check."""
    _command("demo").demo(as_json=as_json)


@app.command()
def stats(file: FileArgument, as_json: JsonOption = False, on_error: ErrorOption = "raise") -> None:
    """Show what a transcript holds and how full its window is."""
    _command("stats").stats(file, as_json=as_json, on_error=on_error)


@app.command()
def compress(
    file: FileArgument,
    budget: Annotated[str, typer.Option("--budget", help="Tokens (60000) or a share of the window (40%).")] = "40%",
    output: OutputOption = None,
    to: ToOption = None,
    store: StoreOption = None,
    max_tier: Annotated[str, typer.Option("--max-tier", help="lossless, compaction or summarization.")] = (
        "summarization"
    ),
    task: Annotated[str | None, typer.Option("--task", help="What the agent is to do next.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan, change and store nothing.")] = False,
    as_json: JsonOption = False,
    on_error: ErrorOption = "raise",
) -> None:
    """Fit a transcript's window into a budget; the originals go to the store."""
    _command("compress").compress(
        file,
        budget=budget,
        output=output,
        to=to,
        store=store,
        max_tier=max_tier,
        task=task,
        dry_run=dry_run,
        as_json=as_json,
        on_error=on_error,
    )


@app.command()
def restore(
    reference: Annotated[str | None, typer.Argument(metavar="REF", help="As a prompt shows it: 481920553.337104.")] = (
        None
    ),
    lines: Annotated[str | None, typer.Option("--lines", help="With REF: these lines alone, such as 10-20.")] = None,
    entity: Annotated[str | None, typer.Option("--entity", help="All that says this name, under any alias.")] = None,
    query: Annotated[str | None, typer.Option("--query", help="What answers these words best.")] = None,
    whole: Annotated[bool, typer.Option("--all", help="Restore a whole session.")] = False,
    session: SessionOption = None,
    limit: Annotated[int | None, typer.Option("--max", help="Parts at most; with --query 5 by default.", min=1)] = None,
    output: OutputOption = None,
    to: ToOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Get back what a reference stands for, what compression took out about a thing, or a whole session."""
    _command("restore").restore(
        reference,
        lines=lines,
        entity=entity,
        query=query,
        whole=whole,
        session=session,
        limit=limit,
        output=output,
        to=to,
        store=store,
        as_json=as_json,
    )


@app.command()
def why(
    reference: Annotated[str, typer.Argument(metavar="REF", help="A reference or a node's id.")],
    file: FileOption = None,
    store: StoreOption = None,
    max_nodes: Annotated[int, typer.Option("--max", help="Causes at most, the nearest first.")] = 12,
    as_json: JsonOption = False,
    on_error: ErrorOption = "raise",
) -> None:
    """Show why something happened: the causes of a node, in the order of time."""
    _command("why").why(reference, file=file, store=store, max_nodes=max_nodes, as_json=as_json, on_error=on_error)


@app.command()
def report(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="A transcript; the last stored session unless given.")
    ] = None,
    output: Annotated[str, typer.Option("-o", "--output", help="Write the page here; - for stdout.")] = "report.html",
    node: Annotated[
        str | None, typer.Option("--node", metavar="REF", help="Show why this happened; the last error by default.")
    ] = None,
    budget: Annotated[str, typer.Option("--budget", help="The model's window in tokens.")] = "200000",
    session: SessionOption = None,
    store: StoreOption = None,
    content: Annotated[bool, typer.Option("--content", help="Put the originals on the page, too.")] = False,
    as_json: JsonOption = False,
    on_error: ErrorOption = "raise",
) -> None:
    """Draw a session as one HTML page: tokens over time, health, what was elided, why, what was slow."""
    _command("report").report(
        file,
        session=session,
        store=store,
        output=output,
        node=node,
        budget=budget,
        content=content,
        as_json=as_json,
        on_error=on_error,
    )


@app.command()
def patterns(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="A transcript; the last stored session unless given.")
    ] = None,
    session: SessionOption = None,
    store: StoreOption = None,
    limit: Annotated[int, typer.Option("--max", help="Patterns at most, the dearest first.", min=1)] = 12,
    as_json: JsonOption = False,
    on_error: ErrorOption = "raise",
) -> None:
    """Show loops, retries, repeats, error streaks, unused results and common sequences, each with advice."""
    _command("patterns").patterns(file, store=store, session=session, limit=limit, as_json=as_json, on_error=on_error)


@app.command()
def find(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A path, an id, a symbol, an address, or any name.")],
    file: FileOption = None,
    store: StoreOption = None,
    session: SessionOption = None,
    limit: Annotated[int, typer.Option("--max", help="Parts at most, the earliest first.", min=1)] = 20,
    as_json: JsonOption = False,
    on_error: ErrorOption = "raise",
) -> None:
    """Show who mentions a thing, under any of its names, and which calls wrote it."""
    _command("find").find(
        name, file=file, store=store, session=session, limit=limit, as_json=as_json, on_error=on_error
    )


@app.command()
def search(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Words, names, or a question.")],
    file: FileOption = None,
    store: StoreOption = None,
    session: SessionOption = None,
    limit: Annotated[int, typer.Option("--max", help="Parts at most, the best first.", min=1)] = 10,
    as_json: JsonOption = False,
    on_error: ErrorOption = "raise",
) -> None:
    """Show the parts that answer a query, by their words and, with the extra `semantic`, by their meaning."""
    _command("search").search_session(
        query, file=file, store=store, session=session, limit=limit, as_json=as_json, on_error=on_error
    )


@app.command("render")
def render_(
    file: FileArgument,
    to: ToOption = None,
    output: OutputOption = None,
    on_error: ErrorOption = "raise",
    as_json: JsonOption = False,
) -> None:
    """Write a transcript's window as messages that a provider accepts."""
    _command("render").render_file(file, to=to, output=output, on_error=on_error, as_json=as_json)


@kept.command("list")
def store_list(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List the stored sessions, the last one written to last."""
    _command("store").list_sessions(store, as_json=as_json)


@kept.command("verify")
def store_verify(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Read everything and tell what is not as it was written; exit 1 where something is not."""
    raise typer.Exit(_command("store").verify(store, as_json=as_json))


@kept.command("purge")
def store_purge(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="As ctx store list shows it.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase a session and all that only it holds, for good."""
    _command("store").purge(session, store, as_json=as_json)


@kept.command("expire")
def store_expire(
    days: Annotated[float | None, typer.Option("--older-than", help="Days since the last write.", min=0)] = None,
    sessions: Annotated[int | None, typer.Option("--keep", help="Sessions that may stay, the newest.", min=0)] = None,
    megabytes: Annotated[float | None, typer.Option("--max-megabytes", help="Contents that may stay.", min=0)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Drop old sessions, whole; who asks for them later is told that they expired."""
    _command("store").expire(store, days=days, sessions=sessions, megabytes=megabytes, dry_run=dry_run, as_json=as_json)


@kept.command("gc")
def store_gc(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell.")] = False,
    hours: Annotated[
        float | None,
        typer.Option("--abandoned", help="Free, too, what was put so many hours ago and never used.", min=0),
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Free what nothing points to, and compress what piled up."""
    _command("store").collect(store, dry_run=dry_run, hours=hours, as_json=as_json)


def _command(name: str) -> Any:
    """Import a command's module when it runs, so that each costs only what it needs."""
    return import_module(f"context_suite.cli.{name}")


def main(arguments: list[str] | None = None) -> None:
    """Run `ctx`; a user's mistake is one line on stderr and exit code 2."""
    try:
        code = app(arguments, standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except BrokenPipeError:
        sys.stdout = None  # nobody reads on, so there is nothing left to flush
        sys.exit(141)
    except (typer.TyperException, ContextError, OSError, ValueError) as error:
        _fail(_line(error))
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)


def _line(error: BaseException) -> str:
    told = getattr(error, "format_message", None)
    if callable(told):
        return str(told())
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    told = str(error).replace('pass on_error="skip"', "give --on-error skip")
    return told.replace("as in session=0, or read_all of them", "as in FILE#0")


def _fail(message: str) -> None:
    print("ctx: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(2)
