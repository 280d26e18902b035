#!/usr/bin/env bash
# Checks that the contract is what its parts give, checks it as a document, makes a Python client from it with a stock
# generator, and drives a real server with that client.
set -euo pipefail
cd "$(dirname "$0")/.."

Scripts/bundle-contract.py --check
Scripts/python-tools.sh openapi-spec-validator==0.9.0 openapi-python-client==0.29.1
.venv/bin/python -m openapi_spec_validator openapi.yaml

. Scripts/lib/server.sh
# The generator calls ruff, which is installed beside it.
PATH="$PWD/.venv/bin:$PATH" .venv/bin/openapi-python-client generate --path openapi.yaml \
    --output-path "$work/holdfast_client" --meta none > "$work/generator.log" 2>&1 \
    || { cat "$work/generator.log"; exit 1; }
if grep -qi warning "$work/generator.log"; then
    cat "$work/generator.log"
    exit 1
fi
start_server
PYTHONPATH="$work" .venv/bin/python Scripts/contract-smoke.py "$base"
Scripts/walkthrough.sh "$base"
