#!/usr/bin/env bash
# Fails when docs/security.md names a test suite, a make target or a script that is not there.
set -euo pipefail
cd "$(dirname "$0")/.."

page=docs/security.md
status=0
missing() {
    echo "$page: there is no $1" >&2
    status=1
}
for suite in $(grep -oE '`[A-Za-z0-9]+Tests`' "$page" | tr -d '`' | sort -u); do
    grep -rqE "(struct|class) $suite\b" Tests || missing "test suite $suite"
done
for target in $(grep -oE '`make [a-z-]+`' "$page" | tr -d '`' | cut -d ' ' -f 2 | sort -u); do
    grep -q "^$target:" Makefile || missing "make $target"
done
for file in $(grep -oE '`(Scripts|api|deploy|docs)/[A-Za-z0-9./_-]+`' "$page" | tr -d '`' | sort -u); do
    [ -e "$file" ] || missing "$file"
done
exit $status
