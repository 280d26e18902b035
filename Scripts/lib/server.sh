# For scripts that need a server of their own: source this, then call start_server. Everything is gone at the end.

work=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ]; then
        kill -TERM "$server" 2> /dev/null || true
        wait "$server" 2> /dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT
# PostgreSQL runs as a user of its own when this is root's folder.
chmod 755 "$work"
export HOLDFAST_DATA_DIR="$work/data" HOLDFAST_HTTP_PORT=0

# Serves on a free port and sets base to its address.
start_server() {
    .build/release/holdfast serve > "$work/server.out" 2> "$work/server.log" &
    server=$!
    for _ in $(seq 600); do
        base=$(sed -n 's/^holdfast listens on //p' "$work/server.out")
        if [ -n "$base" ] && curl -sf "$base/health/ready" > /dev/null; then return; fi
        kill -0 "$server" 2> /dev/null || break
        sleep 0.1
    done
    echo "the server did not start:" >&2
    cat "$work/server.log" >&2
    exit 1
}
