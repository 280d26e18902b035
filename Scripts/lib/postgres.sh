# For scripts that need a PostgreSQL of their own: source this, set work to a folder that is theirs, call start_postgres
# and, at the end, stop_postgres. It does not wait for the disk, so nothing in it survives a crash of the machine.

binaries=${HOLDFAST_POSTGRES_BINDIR:-$(pg_config --bindir)}
# PostgreSQL refuses to run as root.
as_user=()
[ "$(id -u)" != 0 ] || as_user=(setpriv --reuid=postgres --regid=postgres --clear-groups)

# Listens on a socket in $work alone, for user postgres. Arguments are settings of the server: name=value.
start_postgres() {
    local settings=()
    for setting in "$@"; do settings+=(-c "$setting"); done
    [ "$(id -u)" != 0 ] || chown postgres "$work"
    (
        cd "$work"
        "${as_user[@]}" "$binaries/initdb" -D data -A trust -U postgres -E UTF8 --locale=C > initdb.log
        "${as_user[@]}" "$binaries/pg_ctl" -D data -w -l server.log \
            -o "-k $work -c listen_addresses='' -c fsync=off ${settings[*]}" start > start.log
    )
}

stop_postgres() {
    if [ -e "$work/data/postmaster.pid" ]; then
        "${as_user[@]}" "$binaries/pg_ctl" -D "$work/data" -m immediate stop > "$work/stop.log" 2>&1 || true
    fi
}
