#!/usr/bin/env bash
# Check that each wheel installs alone and passes its own tests, with nothing of this checkout on the path.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/build.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r tests "$work/tests"
for name in context-core context-compression context-memory context-toolkit context-observe context-suite; do
    python3 -m venv "$work/$name"
    "$work/$name/bin/pip" install --quiet --disable-pip-version-check --find-links dist "$name==0.1.0"
    "$work/$name/bin/pip" install --quiet --disable-pip-version-check --find-links dist "context-core[testing]==0.1.0" pytest-xdist
    echo "── $name, from its wheel alone; the kills of writers were made before"
    (cd "$work" && env -u CONTEXT_REQUIRE_ALL "$work/$name/bin/python" -m pytest -q -W error \
        --import-mode=importlib -p no:cacheprovider -n auto --ignore-glob="*/test_crash.py" "tests/$name")
done
