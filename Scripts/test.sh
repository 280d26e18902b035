#!/usr/bin/env bash
# Runs the stages of `make test` in order, stops at the first that fails, and prints where the time went.
#
# An argument is a stage, or several lanes of them that run side by side: `a,b/c` runs a and then b beside c. What a lane
# says is shown when the lane ends, and the first lane that fails ends the run once the others are through.
set -uo pipefail
cd "$(dirname "$0")/.."

# What the whole may take on two cores from a clean clone; more is said, so that it does not creep up unseen.
budget_seconds=$((25 * 60))
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
times="$logs/times"
: > "$times"

report() {
    echo
    echo "Where the time went:"
    awk '{ printf "  %-14s %5s s\n", $1, $2 }' "$times"
    printf '  %-14s %5s s\n' total "$SECONDS"
    [ "$SECONDS" -le "$budget_seconds" ] || echo "make test: over its budget of $budget_seconds s"
}

# Runs a lane's stages one after the other.
lane() {
    local stage began
    for stage in ${1//,/ }; do
        began=$SECONDS
        echo "== $stage"
        make --no-print-directory "$stage" < /dev/null
        local status=$?
        echo "$stage $((SECONDS - began))" >> "$times"
        if [ $status -ne 0 ]; then
            echo "make test: $stage failed"
            return $status
        fi
    done
}

for stages in "$@"; do
    case $stages in
    */*)
        echo "== side by side: ${stages//[,\/]/ }"
        pids=()
        number=0
        for one in ${stages//\// }; do
            lane "$one" > "$logs/$number" 2>&1 &
            pids+=($!)
            number=$((number + 1))
        done
        status=0
        for number in "${!pids[@]}"; do
            wait "${pids[$number]}" || status=$?
            cat "$logs/$number"
        done
        ;;
    *)
        lane "$stages"
        status=$?
        ;;
    esac
    if [ $status -ne 0 ]; then
        report
        exit $status
    fi
done
report
echo "all checks passed"
