#!/usr/bin/env bash
# Put Debian's prometheus and promtool into a folder, without installing or starting the service.
# Usage: tools/fetch_prometheus.sh FOLDER, then PATH="FOLDER:$PATH" uv run pytest
set -euo pipefail
folder=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"
(cd "$work" && (apt-get download -qq prometheus || (apt-get update -qq && apt-get download -qq prometheus)) 2>/dev/null)
dpkg -x "$work"/prometheus_*.deb "$work/unpacked"
cp "$work/unpacked/usr/bin/prometheus" "$work/unpacked/usr/bin/promtool" "$folder"
