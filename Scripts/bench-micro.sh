#!/usr/bin/env bash
# Counts the instructions and the allocations that a hot path takes for a line, or for a planned order, and fails above the limits that stand in
# Benchmarks/micro/limits.txt. Counts are the same on every run of one build, where times are not.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=100
# Valgrind gives up on some of what the libraries' C code has for debuggers.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
strip --strip-debug -o "$folder/profile" .build/release/profile
# What starting costs, to be taken off.
counts() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$folder/profile" "$1" "$2" 2>&1 \
        | sed -nE 's/.*Collected : ([0-9]+).*/\1/p'
}
allocations() {
    valgrind --tool=memcheck --undef-value-errors=no "$folder/profile" "$1" "$2" 2>&1 \
        | sed -nE 's/.*total heap usage: ([0-9,]+) allocs.*/\1/p' | tr -d ,
}
failed=0
printf '%-8s %14s %8s %14s %8s\n' stage instructions limit allocations limit
while read -r stage instructions_max allocations_max; do
    case $stage in '#'* | '') continue ;; esac
    lines=$((rounds * 100))
    [ "$stage" != plan ] || lines=$rounds
    instructions=$((($(counts "$stage" $rounds) - $(counts "$stage" 0)) / lines))
    allocated=$((($(allocations "$stage" $rounds) - $(allocations "$stage" 0)) / lines))
    printf '%-8s %14d %8d %14d %8d\n' "$stage" "$instructions" "$instructions_max" "$allocated" "$allocations_max"
    [ "$instructions" -le "$instructions_max" ] && [ "$allocated" -le "$allocations_max" ] || failed=1
done < Benchmarks/micro/limits.txt
[ $failed -eq 0 ] || {
    echo "bench-micro: a hot path costs more than its limit; mend it, or raise the limit and say why" >&2
    exit 1
}
