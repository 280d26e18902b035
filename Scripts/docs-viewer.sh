#!/usr/bin/env bash
# Fetches Swagger UI, which /docs shows the contract with. It comes from a Python package that carries its files, so
# that no page has to load anything from the internet later.
set -euo pipefail
cd "$(dirname "$0")/.."

[ -e .tools/swagger-ui/swagger-ui-bundle.js ] && exit 0
echo "docs-viewer: fetching Swagger UI (drf-spectacular-sidecar from PyPI)"
if ! Scripts/python-tools.sh pip; then
    echo "docs-viewer: no Python environment; /docs will show a plain page" >&2
    exit 0
fi
download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT
if ! .venv/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --dest "$download" \
    drf-spectacular-sidecar==2026.10.1; then
    echo "docs-viewer: it could not be fetched; /docs will show a plain page" >&2
    exit 0
fi
mkdir -p .tools
.venv/bin/python - "$download" <<'PYTHON'
import pathlib, sys, zipfile

wheel = next(pathlib.Path(sys.argv[1]).glob("*.whl"))
target = pathlib.Path(".tools/swagger-ui")
target.mkdir(parents=True, exist_ok=True)
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        path = pathlib.PurePosixPath(name)
        if path.parent.name == "swagger-ui-dist" and path.suffix in (".js", ".css"):
            (target / path.name).write_bytes(archive.read(name))
PYTHON
