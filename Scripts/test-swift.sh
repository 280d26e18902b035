#!/usr/bin/env bash
# Runs the Swift tests, with the options given, and then names the slowest ones.
set -euo pipefail
cd "$(dirname "$0")/.."

# All at once, each test is starved and says more about the machine than about the program.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${HOLDFAST_TESTS_AT_ONCE:-6}
# The lines below are searched, and colours would stand before what is searched for.
export NO_COLOR=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A bound, so that a hang is a failure with a name and not an endless wait.
set +e
# Without `swift test`, which would keep every other build of this folder waiting until the last test is through.
timeout 1500 .build/release/holdfastPackageTests.xctest --testing-library swift-testing "$@" 2>&1 | tee "$log" | grep --line-buffered -vE '^(◇|✔ Test )'
status=${PIPESTATUS[0]}
set -e
echo "The ten slowest tests:"
# sed reads to the end, where head would leave sort with a broken pipe, which pipefail makes the run's failure.
sed -nE 's/^✔ Test (.*) (passed|with [0-9]+ test cases passed) after ([0-9.]+) seconds.*/\3 s  \1/p' "$log" | sort -rn | sed -n 1,10p
grep -E 'Test run with [0-9]+ test' "$log" | tail -1
echo "$(grep -cE '^✔ Test ".* (passed|with)' "$log") passed, $(grep -cE '^✘ Test ".* failed' "$log") failed"
exit "$status"
