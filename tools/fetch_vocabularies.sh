#!/usr/bin/env bash
# Put tiktoken's vocabularies into a folder, from a package that carries them; tiktoken itself would download them.
# Usage: tools/fetch_vocabularies.sh FOLDER, then TIKTOKEN_CACHE_DIR=FOLDER uv run pytest
set -euo pipefail
folder=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$work" litellm==1.109.1
python3 - "$work" "$folder" <<'PY'
import pathlib, sys, zipfile
source, folder = map(pathlib.Path, sys.argv[1:])
[wheel] = source.glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        path = pathlib.PurePosixPath(name)
        if path.parent.name == "tokenizers" and len(path.name) == 40:
            (folder / path.name).write_bytes(archive.read(name))
PY
