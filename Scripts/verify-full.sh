#!/usr/bin/env bash
# Imports the full year of Complete Journey into a fresh embedded database, twice, proves it, and compares what every
# store has of every product, asked of the API, with sums computed straight from the files.
set -euo pipefail
cd "$(dirname "$0")/.."
data=$1

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
chmod 755 "$work"
export HOLDFAST_DATA_DIR="$work/data" HOLDFAST_LOG_LEVEL=warning HOLDFAST_HTTP_PORT=0

run() { .build/release/holdfast "$@"; }
run import items "$data/completejourney_products.csv.gz" --mapping Mappings/completejourney-items.yaml
run import locations "$data/completejourney_transactions.csv.gz" --mapping Mappings/completejourney-locations.yaml
run import movements "$data/completejourney_transactions.csv.gz" --mapping Mappings/completejourney-sales.yaml
echo "the same file again: nothing may be applied twice"
run import movements "$data/completejourney_transactions.csv.gz" --mapping Mappings/completejourney-sales.yaml
run proof --full

run serve > "$work/server.out" 2> "$work/server.log" &
server=$!
for _ in $(seq 300); do
    base=$(sed -n 's/^holdfast listens on //p' "$work/server.out")
    [ -n "$base" ] && curl -sf "$base/health/ready" > /dev/null && break
    sleep 0.1
done
python3 Scripts/verify-sums.py "$base" "$data"
