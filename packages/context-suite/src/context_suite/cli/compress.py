"""`ctx compress`: fit a window into a budget and keep the originals."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from context_compression import CompressionPipeline, CompressionTier
from context_core import ContextGraph, Manifest, MemoryStore, replace, restoration, window
from context_suite.cli.files import form_of, load, print_json, rendered_text, store_at, target_of, write
from context_suite.cli.show import console, outcomes_table, progress, short

if TYPE_CHECKING:
    from context_compression import CompressionResult
    from context_core import Change, Store


def compress(
    file: str,
    *,
    budget: str,
    output: str | None,
    to: str | None,
    store: str | None,
    max_tier: str,
    task: str | None,
    dry_run: bool,
    as_json: bool,
    on_error: str,
) -> None:
    """Compress a transcript's window and show what was saved."""
    tier = _tier(max_tier)
    loaded = load(file, on_error)
    target = target_of(budget, loaded.window.tokens)
    form = form_of(loaded.graph, to)
    keeper = MemoryStore() if dry_run else store_at(store)
    with progress("compressing"), redirect_stdout(io.StringIO()):  # a dry run is shown below, in this command's own way
        graph, manifest, back = _original(loaded.graph, keeper)
        result = CompressionPipeline().compress(
            graph, target_tokens=target, store=keeper, max_tier=tier, task=task, manifest=manifest, dry_run=dry_run
        )
        keeper.commit(graph.session_id, [*back, *result.manifest.changes[len(manifest) :]])
    if output is not None and not dry_run:
        write(output, rendered_text(window(graph), form))
    _report(result, output=output, target=target, as_json=as_json, dry_run=dry_run)


def _tier(name: str) -> CompressionTier:
    try:
        return CompressionTier[name.upper()]
    except KeyError:
        names = ", ".join(tier.label for tier in CompressionTier)
        raise ValueError(f"got --max-tier {name!r}; expected one of {names}") from None


def _original(graph: ContextGraph, store: Store) -> tuple[ContextGraph, Manifest, list[Change]]:
    """Put the session into the store as it is in the file; return it, its manifest, and the way back to it.

    A session that was compressed before is restored first, so that a budget means the same however often it is asked.
    The steps of that are the manifest's last; they are for the caller to commit, together with what follows.
    """
    session = graph.session_id
    store.append(session, graph.nodes(), graph.edges())
    manifest = store.manifest(session)
    if not len(manifest):
        return graph, manifest, []
    stored = store.load(session)
    back = replace(stored, restoration(stored, manifest, store), store)
    return stored, manifest.extended(back), back


def _report(result: CompressionResult, *, output: str | None, target: int, as_json: bool, dry_run: bool) -> None:
    before, after = result.tokens_before, result.tokens_after
    if as_json:
        print_json(
            {
                "session_id": result.manifest.session_id,
                "tokens_before": before,
                "tokens_after": after,
                "target_tokens": target,
                "within_target": after <= target,
                "prefix_tokens": result.plan.prefix_tokens,
                "dry_run": dry_run,
                "output": output,
                "outcomes": [
                    {
                        "strategy": o.strategy,
                        "tier": o.tier.label,
                        "tokens_saved": o.tokens_saved,
                        "parts": len(o.node_ids),
                    }
                    for o in result
                ],
            }
        )
        return
    out = console(stderr=output == "-")
    out.print(f"{before:,} → [bold]{after:,}[/] tokens ({after / max(1, before):.0%}), target {target:,}")
    if len(result):
        out.print(outcomes_table(result))
    elif before <= target:
        out.print("the window is within the target; nothing was changed")
    if after > target:
        out.print("[yellow]the target was missed: a higher --max-tier reaches it[/]")
    if dry_run:
        out.print("[dim]a dry run: nothing was changed or stored[/]")
    else:
        out.print(f"[dim]session {short(result.manifest.session_id, 90)}; ctx restore --all brings it back[/]")
