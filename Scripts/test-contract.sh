#!/usr/bin/env bash
# Checks the contract as a document, makes a Python client from it with a stock generator, and drives a real server
# with that client.
set -euo pipefail
cd "$(dirname "$0")/.."

Scripts/python-tools.sh openapi-spec-validator==0.9.0 openapi-python-client==0.29.1
.venv/bin/python -m openapi_spec_validator openapi.yaml

work=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ]; then
        kill -TERM "$server" 2> /dev/null || true
        wait "$server" 2> /dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT
# PostgreSQL runs as its own user when this is root's folder.
chmod 755 "$work"

# The generator calls ruff, which is installed beside it.
PATH="$PWD/.venv/bin:$PATH" .venv/bin/openapi-python-client generate --path openapi.yaml --output-path "$work/client" --meta none \
    > "$work/generator.log" 2>&1 || { cat "$work/generator.log"; exit 1; }
if grep -qi warning "$work/generator.log"; then
    cat "$work/generator.log"
    exit 1
fi
mv "$work/client" "$work/holdfast_client"

HOLDFAST_HTTP_PORT=0 HOLDFAST_DATA_DIR="$work/data" .build/release/holdfast serve > "$work/server.out" 2> "$work/server.log" &
server=$!
for _ in $(seq 300); do
    base=$(sed -n 's/^holdfast listens on //p' "$work/server.out")
    [ -n "$base" ] && curl -sf "$base/health/ready" > /dev/null && break
    kill -0 "$server" 2> /dev/null || { cat "$work/server.log"; exit 1; }
    sleep 0.1
done
PYTHONPATH="$work" .venv/bin/python Scripts/contract-smoke.py "$base"
