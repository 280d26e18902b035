#!/usr/bin/env bash
# Runs the commands of docs/deploy.md in a folder of their own, and checks what the clients get.
set -euo pipefail
cd "$(dirname "$0")/.."

commands_max=19
work=$(mktemp -d)
# PostgreSQL runs as a user of its own when this is root's folder.
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
failed() {
    echo "test-deploy: $1" >&2
    tail -n 20 "$work/holdfast.log" "$work/errors" >&2 || true
    exit 1
}

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' docs/deploy.md | sed "s/8443/$port/g" > "$work/page"
# A command is a line that goes on no other one.
count=$(awk '!goes_on && NF { n++ } { goes_on = /\\$/ } END { print n }' "$work/page")
[ "$count" -le "$commands_max" ] || failed "the page has $count commands, more than $commands_max"
{
    # Whatever ends the commands ends the service too.
    echo 'set -euo pipefail'
    echo 'finish() { status=$?; kill $(jobs -p) && wait; exit $status; }'
    echo 'trap finish EXIT'
    cat "$work/page"
    # Four answers more, to check by: what is left of ten; a till that speaks for another store; what browsers are told; a
    # client that does not know the authority.
    echo "curl -fsS https://localhost:$port/v1/availability/MUG/367 -H \"Authorization: Bearer \$admin\""
    echo "curl -sS -o /dev/null -w '\n%{http_code} elsewhere\n' https://localhost:$port/v1/movements \
        -H \"Authorization: Bearer \$till\" -H 'Content-Type: application/json' \
        -d '{\"source\":\"pos-367\",\"lines\":[{\"eventId\":\"2\",\"type\":\"sale\",\"sku\":\"MUG\",\"location\":\"368\",\"quantity\":1}]}'"
    echo "curl -sSI -X GET https://localhost:$port/health/live"
    echo "CURL_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt curl -sS https://localhost:$port/health/live || echo \"curl said \$?\""
} > "$work/commands"

# Settings of whoever runs this must not change what the page does.
for name in $(compgen -e HOLDFAST_); do unset "$name"; done
PATH="$PWD/.build/release:$PATH"
(cd "$work" && timeout 500 bash commands > answers 2> errors) || failed "a command failed: $(cat "$work/answers")"

# In the order in which they come.
python3 - "$work/answers" << 'EXPECTED' || failed "the answers are not those: $(cat "$work/answers")"
import sys

text = open(sys.argv[1], encoding="utf-8").read()
for part in [
    '"status":"ready"', '"name":"Mug, blue"', '"id":"367"', '"verdict":"applied"', '"onHand":10', '"verdict":"applied"',
    '"onHand":9,"reserved":0', '{"sku":"MUG","band":"inStock","onlyLeft":null,', '"state":"held"', '"quantity":2',
    '"code":"forbidden"', "\n403\n", '"code":"unauthenticated"', "\n401\n", '"onHand":9,"reserved":2',
    '"availableToSell":7', "\n403 elsewhere\n",
    "strict-transport-security: max-age=", "curl said 60",
]:
    before, found, text = text.partition(part)
    if not found:
        sys.exit(f"missing, or out of order: {part}")
EXPECTED
echo "docs/deploy.md: $count commands ran, and the clients got what they may and no more"
