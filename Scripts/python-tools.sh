#!/usr/bin/env bash
# Keeps the project's Python tools in .venv, at versions that are known to work. Give the packages as arguments.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=".venv/installed-$(printf '%s ' "$@" | cksum | cut -d ' ' -f 1)"
if [ -e "$stamp" ]; then exit 0; fi
# One after the other, where stages run side by side.
mkdir -p .build
exec 9> .build/python-tools.lock
flock 9
[ -x .venv/bin/python ] || python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"
touch "$stamp"
