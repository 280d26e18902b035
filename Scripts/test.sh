#!/usr/bin/env bash
# Runs the stages of `make test` in order, stops at the first that fails, and prints where the time went.
set -uo pipefail
cd "$(dirname "$0")/.."

# What the whole may take on two cores from a clean clone; more is said, so that it does not creep up unseen.
budget_seconds=$((25 * 60))
rows=()
total=0
report() {
    echo
    echo "Where the time went:"
    printf '  %-14s %5s s\n' "${rows[@]}" total "$total"
    [ "$total" -le "$budget_seconds" ] || echo "make test: over its budget of $budget_seconds s"
}
for stage in "$@"; do
    began=$SECONDS
    echo "== $stage"
    make --no-print-directory "$stage"
    status=$?
    took=$((SECONDS - began))
    total=$((total + took))
    rows+=("$stage" "$took")
    if [ $status -ne 0 ]; then
        report
        echo "make test: $stage failed"
        exit $status
    fi
done
report
echo "make test: all checks passed"
