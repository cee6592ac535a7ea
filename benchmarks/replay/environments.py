"""Each peer in an environment and a process of its own.

1. `REQUIREMENTS` pins what a peer needs; a day pins what those need in turn.
2. `python_of` makes a virtual environment for a peer's requirements, once, with `uv`.
3. `run` starts the peer in it and hands it one case after the other. A peer that takes too long is killed, that case is
   an error, and a new process goes on with the next.

A peer's home and working folder is a temporary one: several of them keep books there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PEERS = Path(__file__).parent / "peers"
LIMIT = 120.0
"""Seconds that a peer may take for one case, with its start."""
_NEWEST = "2026-11-20T00:00:00Z"
_TOKENS = "toktok-rs==0.3.0"
_DISTIL = ("distil-llm==1.58.0",)
_FURL = ("furl-ctx==1.4.0",)
_LANGCHAIN = ("langchain==1.4.7", "langchain-core==1.7.2", _TOKENS)

REQUIREMENTS: dict[str, tuple[str, ...]] = {
    "context_engine": (),
    "masking": (),
    "head_tail": (),
    "langchain_trim": _LANGCHAIN,
    "langchain_clear": _LANGCHAIN,
    "strands_offload": ("strands-agents==1.62.0", _TOKENS),
    "headroom_ai": ("headroom-ai==0.42.0",),
    "furl_compress": _FURL,
    "furl_everything": _FURL,
    "slimctx_pipeline": ("slimctx==0.1.0", _TOKENS),
    "distil_llm": _DISTIL,
    "distil_evict": _DISTIL,
    "entroly_compress": ("entroly==1.0.87", _TOKENS),
    "toon_results": ("toon-format==1.2.0", _TOKENS),
    "conformance": ("compaction-conformance-kit==0.8.0",),
}
"""What each peer needs; those that need nothing run in the interpreter that asks. The last is a judge, no peer."""


def python_of(peer: str, folder: Path | None = None) -> Path:
    """Return the interpreter of a peer's environment, which is made if it is not there.

    Args:
        peer: a name in `REQUIREMENTS`.
        folder: where environments are kept; by default in the system's folder for temporary files.

    Raises:
        KeyError: no peer has this name.
        RuntimeError: the environment could not be made.
    """
    requirements = REQUIREMENTS[peer]
    if not requirements:
        return Path(sys.executable)
    folder = folder or Path(tempfile.gettempdir()) / "context-replay-peers"
    digest = hashlib.sha256("\n".join((*requirements, _NEWEST, sys.version)).encode()).hexdigest()
    home = folder / f"{requirements[0].partition('==')[0]}-{digest[:12]}"
    python, ready = home / "bin" / "python", home / "ready"
    if not ready.exists():
        _uv("venv", "--clear", "--python", sys.executable, str(home))
        _uv("pip", "install", "--python", str(python), "--exclude-newer", _NEWEST, *requirements)
        ready.touch()
    return python


def run(peer: str, cases: Iterable[dict], folder: Path | None = None, limit: float = LIMIT) -> Iterator[dict]:
    """Yield a peer's answer to each case, in order.

    Args:
        peer: the name of a file in `peers`.
        cases: what the protocol asks: ``id``, ``messages``, ``target_tokens``, ``protected``.
        folder: where environments are kept, as in `python_of`.
        limit: seconds for one case.
    """
    python = python_of(peer, folder)
    with ThreadPoolExecutor(1) as pool, contextlib.ExitStack() as stack:
        process = None
        for case in cases:
            process = process or stack.enter_context(_started(python, peer))
            asked = pool.submit(_exchange, process, json.dumps(case) + "\n")
            try:
                yield json.loads(asked.result(limit))
            except (TooSlow, OSError, ValueError) as error:
                process.kill()
                process = None
                yield {"id": case["id"], "error": _reason(error, limit)}


@contextlib.contextmanager
def _started(python: Path, peer: str) -> Iterator[subprocess.Popen[str]]:
    with tempfile.TemporaryDirectory(prefix="peer-", ignore_cleanup_errors=True) as home:
        environment = os.environ | {"HOME": home, "PEER_STORE": home}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        command = [str(python), str(PEERS / f"{peer}.py")]
        process = subprocess.Popen(command, **pipes, text=True, cwd=home, env=environment)
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


def _exchange(process: subprocess.Popen[str], line: str) -> str:
    process.stdin.write(line)
    process.stdin.flush()
    return process.stdout.readline()


def _reason(error: Exception, limit: float) -> str:
    if isinstance(error, TooSlow):
        return f"got no answer, expected one in {limit:g} s"
    return "got no answer: the process has ended; run the peer's file by hand to see why"


def _uv(*arguments: str) -> None:
    program = shutil.which("uv")
    if program is None:
        raise RuntimeError("got no uv on the path, expected it to make environments; install uv")
    made = subprocess.run([program, *arguments], capture_output=True, text=True)
    if made.returncode:
        raise RuntimeError(f"got an error from uv {' '.join(arguments)}:\n{made.stderr}")
