"""`ctx render`: a transcript's window as provider messages, Markdown, or a prompt of XML events."""

from __future__ import annotations

from context_suite.cli.files import form_of, load, print_json, rendered_text, write
from context_suite.cli.show import console


def render_file(file: str, *, to: str | None, output: str | None, on_error: str, as_json: bool) -> None:
    """Write the messages to a file, or to standard output."""
    loaded = load(file, on_error)
    shown = loaded.window
    form = form_of(loaded.graph, to)
    text = rendered_text(shown, form)
    write(output or "-", text) if not as_json or output is not None else None
    if as_json:
        print_json({"file": file, "to": form, "window_tokens": shown.tokens, "output": output})
    elif output not in (None, "-"):
        console(stderr=True).print(f"{shown.tokens:,} tokens in {len(shown):,} parts")
