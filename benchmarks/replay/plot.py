"""Draw the figures of the replay benchmark: tokens kept of the old part against what is left in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MEASURES = ("in sight", "in context", "results")
OURS = "context_engine"


def draw(report: dict, path: Path) -> None:
    """Draw one panel a measure, one line a peer, and write them to a file."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(MEASURES), figsize=(13, 4.6), sharex=True, sharey=True)
    peers = list(dict.fromkeys(row["peer"] for row in report["rows"]))
    for panel, measure in zip(panels, MEASURES, strict=True):
        for number, peer in enumerate(peers):
            rows = [row for row in report["rows"] if row["peer"] == peer and row[measure] is not None]
            style = {"color": "black", "linewidth": 2.4} if peer == OURS else {"color": f"C{number % 10}", "alpha": 0.8}
            marker = "o" if peer == OURS else "sv^Dxp*"[number % 7]
            kept = [row["kept"] for row in rows]
            panel.plot(kept, [row[measure] for row in rows], marker=marker, label=peer.replace("_", " "), **style)
        panel.set_title(f"{measure}, %")
        panel.set_xlabel("tokens kept of the old part, %")
        panel.grid(alpha=0.3)
        panel.set_ylim(0, 102)
        panel.set_xlim(0, 102)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="lower center", ncol=7, fontsize=8, frameon=False)
    figure.tight_layout(rect=(0, 0.12, 1, 1))
    figure.savefig(path)
