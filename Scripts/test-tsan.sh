#!/usr/bin/env bash
# Builds what has threads with the Thread Sanitizer, and runs its tests on a PostgreSQL of their own. Fails on a data race
# as on a failed test. The package is Tests/ThreadSanitizer; what it builds is in .build-tsan, beside the program's own.
set -euo pipefail
cd "$(dirname "$0")/.."

memory=/dev/shm
[ -w "$memory" ] || memory=/tmp
work=$(mktemp -d "$memory/holdfast-tsan-XXXXXX")
. Scripts/lib/postgres.sh
trap 'stop_postgres; rm -rf "$work"' EXIT
echo "test-tsan: building what has threads, about 3 minutes the first time"

swift build --package-path Tests/ThreadSanitizer --scratch-path .build-tsan --sanitize thread --build-tests
start_postgres max_connections=300
"$binaries/createdb" -h "$work" -U postgres holdfast
export HOLDFAST_TSAN_DATABASE_URL="postgresql://postgres@/holdfast?host=$work"
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${HOLDFAST_TESTS_AT_ONCE:-6}
# Races go to the log as they are found; the tests go on, and the exit status says that there were some.
export TSAN_OPTIONS="exitcode=66 suppressions=$PWD/Tests/ThreadSanitizer/suppressions.txt ${TSAN_OPTIONS:-}"
log="$work/tests.log"
set +e
timeout 600 swift test --package-path Tests/ThreadSanitizer --scratch-path .build-tsan --sanitize thread --skip-build \
    --disable-xctest "$@" 2>&1 | tee "$log" | grep --line-buffered -vE '^(◇|✔ Test )'
status=${PIPESTATUS[0]}
set -e
grep -E 'Test run with [0-9]+ test' "$log" | tail -1
races=$(grep -c '^WARNING: ThreadSanitizer' "$log" || true)
echo "test-tsan: $races data races"
[ "$status" -ne 0 ] || [ "$races" -eq 0 ] || status=66
exit "$status"
