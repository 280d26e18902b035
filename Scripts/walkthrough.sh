#!/usr/bin/env bash
# Runs every command of the pages that are walks, as one after the other, against the server at the address given.
set -euo pipefail
cd "$(dirname "$0")/.."

base=$1
commands=$(mktemp)
trap 'rm -f "$commands"' EXIT
for page in docs/walkthrough.md docs/transfers.md docs/integrate.md docs/operate-a-night.md; do
    {
        echo 'set -euo pipefail'
        awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$page" | sed "s|http://127.0.0.1:8080|$base|g"
    } > "$commands"
    count=$(grep -c 'curl ' "$commands")
    bash "$commands" > /dev/null
    echo "$page: $count commands ran"
done
