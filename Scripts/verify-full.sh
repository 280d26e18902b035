#!/usr/bin/env bash
# Imports real data into a fresh embedded database and compares with the files, all through the API: the full year of Complete
# Journey and the invoices of Online Retail, each twice; then a snapshot of 100 MB whose process is killed twice.
set -euo pipefail
cd "$(dirname "$0")/.."
data=$1

. Scripts/lib/server.sh
export HOLDFAST_LOG_LEVEL=warning
load() { .build/release/holdfast import "$1" "$data/$2" --mapping "Mappings/$3.yaml"; }

start_server
load items completejourney_products.csv.gz completejourney-items
load locations completejourney_transactions.csv.gz completejourney-locations
load movements completejourney_transactions.csv.gz completejourney-sales
echo "the same file again: nothing may be applied twice"
load movements completejourney_transactions.csv.gz completejourney-sales

retail=online_retail_2010-12_2011-05.csv.gz
load locations $retail online-retail-location
load items $retail online-retail-items
load aliases $retail online-retail-aliases
load movements $retail online-retail-movements
echo "the same file again: nothing may be applied twice"
load movements $retail online-retail-movements

.build/release/holdfast proof
python3 Scripts/verify-sums.py "$base" "$data"
python3 Scripts/verify-retail.py "$base" "$data"

echo "a snapshot of 100 MB, killed twice on the way"
python3 Scripts/verify-snapshot.py .build/release/holdfast
