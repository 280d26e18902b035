#!/usr/bin/env bash
# Unpacks the release archive in an empty folder and runs the demo from there, with no Swift to be found.
set -euo pipefail
cd "$(dirname "$0")/.."

archive=$(ls .build/dist/holdfast-*.tar.gz)
(cd .build/dist && sha256sum --quiet -c ./*.sha256)
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
tar -C "$work" -xzf "$archive"
root=$(echo "$work"/holdfast-*)
failed() {
    echo "test-dist: $1" >&2
    tail -n 20 "$work/demo.log" >&2 || true
    exit 1
}

if ldd "$root/bin/holdfast" | grep -v "=> $root/" | grep -E 'swift|not found'; then
    failed "a library of Swift's is not in the archive"
fi
for file in bin/holdfast packages.txt README.md licences/holdfast.txt licences/swift-runtime.txt licences/hummingbird-LICENSE.txt \
    share/holdfast/docs/index.md share/holdfast/deploy/holdfast.service share/holdfast/samples/completejourney/README.md; do
    [ -s "$root/$file" ] || failed "$file is missing"
done

# Settings and libraries of whoever runs this must not help.
mkdir "$work/empty"
cd "$work/empty"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
env -i PATH=/usr/bin:/bin HOME="$work" TERM=dumb "$root/bin/holdfast" demo --http-port "$port" --data-dir "$work/data" \
    > "$work/demo.log" 2>&1 &
demo=$!
trap 'kill "$demo" 2>/dev/null && wait "$demo" || true; rm -rf "$work"' EXIT
for _ in $(seq 300); do
    grep -q 'curl ' "$work/demo.log" && break
    kill -0 "$demo" 2>/dev/null || failed "the demo ended"
    sleep 1
done
curl -fsS "http://127.0.0.1:$port/health/ready" > /dev/null || failed "the demo is not ready"
# Read to the end: a curl whose reader has gone fails.
curl -fsS "http://127.0.0.1:$port/docs" | grep swagger-ui > /dev/null || failed "/docs has no viewer"
curl -fsS "http://127.0.0.1:$port/v1/items?limit=1" | grep sku > /dev/null || failed "there are no items"
kill "$demo"
wait "$demo" || failed "the demo did not stop well"
trap 'rm -rf "$work"' EXIT
echo "test-dist: $(basename "$archive") runs in an empty folder"
