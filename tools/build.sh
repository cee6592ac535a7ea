#!/usr/bin/env bash
# Build the wheels of all packages into dist/.
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf dist
uv build --quiet --all-packages --wheel --out-dir dist
ls dist/*.whl
