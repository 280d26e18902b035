#!/usr/bin/env bash
# Writes what follows from the files in Migrations: the list by which the program embeds them, and schema.sql, what they
# make together as pg_dump shows it. With --check writes nothing, and fails when one of the two is stale.
#
# The ledger's monthly partitions are left out, since they depend on the day. Dumps of different major versions of
# PostgreSQL differ; so with another version than the file was made with, --check compares only the checksum of the
# migrations that the file names.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
. Scripts/lib/postgres.sh
trap 'stop_postgres; rm -rf "$work"' EXIT

dump() {
    local sum=$1
    cat <<HEAD
-- The whole schema, made by \`make schema\` from the files in Migrations. Do not edit; the reasons are in those files.
-- Left out: the ledger's monthly partitions, and the migrator's own table.
-- Migrations: sha256 $sum
-- Dumped by: PostgreSQL $("$binaries/pg_dump" --version | sed -E 's/.* ([0-9]+)\.[0-9]+.*/\1/')
HEAD
    start_postgres
    local database=(-h "$work" -U postgres -d postgres)
    for file in Migrations/*.sql; do
        "$binaries/psql" "${database[@]}" -q -v ON_ERROR_STOP=1 --single-transaction -o "$work/psql.log" -f "$file"
    done
    # Without what changes with each run, and without pg_dump's remarks.
    "$binaries/pg_dump" "${database[@]}" --schema-only --no-owner --no-privileges --exclude-table='movement_2*' \
        | sed -E '/^\\(un)?restrict /d; /^--/d; /^SET /d; /^SELECT pg_catalog.set_config/d; s/\bpublic\.//g' | cat -s
}

# One `#embed` a file: the preprocessor cannot list a folder.
embedding() {
    echo "// The files of Migrations, listed by \`make schema\`. Do not edit."
    local number
    for file in Migrations/*.sql; do
        number=$(basename "$file" | cut -d _ -f 1)
        printf 'static const unsigned char m%s[] = {\n#embed "../../%s"\n};\n' "$number" "$file"
    done
    echo "static const holdfast_file migrations[] = {"
    for file in Migrations/*.sql; do
        number=$(basename "$file" | cut -d _ -f 1)
        printf '    {"%s", m%s, sizeof m%s},\n' "$(basename "$file")" "$number" "$number"
    done
    echo "};"
}

list=Sources/CEmbeddedFiles/migrations.h
sum=$(cat Migrations/*.sql | sha256sum | cut -d ' ' -f 1)
if [ "${1:-}" != --check ]; then
    embedding > $list
    dump "$sum" > "$work/schema.sql"
    cp "$work/schema.sql" schema.sql
    exit 0
fi
stale() {
    echo "${1:-schema.sql} is stale: run \`make schema\` and commit it"
    exit 1
}
embedding | diff -q $list - > /dev/null || stale $list
grep -qx -- "-- Migrations: sha256 $sum" schema.sql || stale
dump "$sum" > "$work/schema.sql"
if [ "$(sed -n 4p schema.sql)" != "$(sed -n 4p "$work/schema.sql")" ]; then
    echo "schema.sql: made with another version of PostgreSQL; its migrations are up to date"
    exit 0
fi
diff schema.sql "$work/schema.sql" > "$work/difference" || { head -20 "$work/difference"; stale; }
