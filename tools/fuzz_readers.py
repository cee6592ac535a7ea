"""Fuzz each reader: read damaged samples, many of them, and stop at the first that breaks a promise.

Usage: uv run python tools/fuzz_readers.py [--count 20000] [--seed 0] [FORMAT ...]
"""

from __future__ import annotations

import argparse
import sys
import traceback
from pathlib import Path
from random import Random

from context_core.testing.damage import check_readable, damaged
from context_core.testing.samples import SAMPLES


def main() -> int:
    """Fuzz the formats asked for; return 1 where one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formats", nargs="*", default=sorted(SAMPLES))
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="write the bytes that failed into this file")
    options = parser.parse_args()
    failed = [name for name in options.formats if not fuzz(name, options.count, options.seed, options.keep)]
    print(f"failed: {', '.join(failed)}" if failed else "clean")
    return bool(failed)


def fuzz(name: str, count: int, seed: int, keep: Path | None) -> bool:
    """Return whether all damaged samples of a format were read or refused as they should be."""
    transcripts = 0
    for number in range(count):
        random = Random(f"{seed} {name} {number}")
        data = damaged(SAMPLES[name], random)
        format = name if random.random() < 0.5 else "auto"
        try:
            transcripts += check_readable(data, format)
        except Exception:
            traceback.print_exc(limit=-6)
            print(f"{name}: case {number} of seed {seed} failed (format={format}): {data[:300]!r}")
            if keep is not None:
                keep.write_bytes(data)
            return False
    print(f"{name}: {count} damaged samples, {transcripts} transcripts", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
