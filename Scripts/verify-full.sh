#!/usr/bin/env bash
# Imports the full year of Complete Journey into a fresh embedded database, twice, proves it, and compares what every
# store has of every product, asked of the API, with sums computed straight from the files.
set -euo pipefail
cd "$(dirname "$0")/.."
data=$1

. Scripts/lib/server.sh
export HOLDFAST_LOG_LEVEL=warning
load() { .build/release/holdfast import "$1" "$data/$2" --mapping "Mappings/completejourney-$3.yaml"; }

load items completejourney_products.csv.gz items
load locations completejourney_transactions.csv.gz locations
load movements completejourney_transactions.csv.gz sales
echo "the same file again: nothing may be applied twice"
load movements completejourney_transactions.csv.gz sales
.build/release/holdfast proof --full
start_server
python3 Scripts/verify-sums.py "$base" "$data"
