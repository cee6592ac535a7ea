"""How far a calibrated count is off on sessions it was not fitted on, by model.

uv run python -m benchmarks.calibration
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from benchmarks.causality import sessions
from context_core import build, calibrate, window

if TYPE_CHECKING:
    from context_core import Calibration, Window


def by_model() -> dict[str, Calibration]:
    """Return the calibration of each model that the real logs have several sessions of."""
    windows: dict[str, list[Window]] = defaultdict(list)
    for kind, transcript in sessions():
        if kind != "tau_bench" and transcript.model is not None:
            windows[transcript.model].append(window(build(transcript)))
    return {model: calibrate(shown) for model, shown in windows.items() if len(shown) > 1}


def main() -> None:
    """Print the median errors."""
    for model, found in by_model().items():
        print(
            f"{model:28} {found.sessions} sessions, {found.requests:3} requests: off by {found.error:.1%}, "
            f"a plain count by {found.plain_error:.1%}   factor {found.factor:.2f}, hidden {found.overhead_tokens:,}"
        )


if __name__ == "__main__":
    main()
