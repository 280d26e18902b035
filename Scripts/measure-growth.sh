#!/usr/bin/env bash
# Measures what docs/growth.md and docs/performance.md say of growth, on a PostgreSQL of its own: the bytes that a row of
# each table takes, indexes included, and what questions cost as closed orders and months pile up. About two minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
. Scripts/lib/postgres.sh
trap 'stop_postgres; rm -rf "$work"' EXIT
start_postgres shared_buffers=512MB max_wal_size=4GB jit=off random_page_cost=1.1
migrated() {
    "$binaries/createdb" -h "$work" -U postgres "$1"
    for file in Migrations/*.sql; do sql "$1" -f "$file" > "$work/psql.log"; done
}
sql() {
    local database=$1
    shift
    "$binaries/psql" -h "$work" -U postgres -d "$database" -qAt -v ON_ERROR_STOP=1 "$@"
}

echo "bytes a row, indexes included:"
migrated rows
sql rows -f Scripts/growth-sample.sql
sql rows -F ' ' -c "
    select case when relname ~ '^movement_2' then 'movement' else relname::text end,
           round(sum(pg_total_relation_size(c.oid)) / sum(reltuples)), sum(reltuples)::int8 || ' rows'
    from pg_class c
    where relkind = 'r' and relnamespace = 'public'::regnamespace and reltuples >= 2000
    group by 1 order by 2 desc"

# The milliseconds of the middle one of 21 runs of a question.
timed() {
    local database=$1 question=$2
    { echo '\timing on'; for _ in $(seq 21); do echo "$question;"; done; } | sql "$database" | grep '^Time' \
        | sed -E 's/Time: ([0-9.]+).*/\1/' | sort -n | sed -n 11p
}

echo "the balances of one item at 400 locations as of a year ago (10 days in the short one), ms:"
for months in 4 124; do
    migrated "months_$months"
    sql "months_$months" -v months="$((months - 4))" -f Scripts/growth-months.sql
    at="now() - interval '$([ "$months" = 4 ] && echo 10 days || echo 1 year)'"
    keys="array(select item_id from balance where item_id = 1 order by location_id)"
    places="array(select location_id from balance where item_id = 1 order by location_id)"
    echo "  $months months: $(timed "months_$months" "select count(*) from last_lines($keys, $places,
        array(select $at from balance where item_id = 1))")" \
        "- by looking at all months: $(timed "months_$months" "select count(m.version) from balance b cross join lateral (
            select * from movement m where m.item_id = b.item_id and m.location_id = b.location_id
              and m.recorded_at <= $at order by m.recorded_at desc, m.version desc limit 1) m where b.item_id = 1")"
done

echo "a page of a store's open orders, ms:"
migrated orders
for closed in 0 300000; do
    sql orders -v closed="$closed" -f Scripts/growth-orders.sql
    echo "  beside $closed closed ones: $(timed orders "select reservation_id from reservation r
        where r.is_open and r.location = '1' order by due_at, reservation_id limit 51")" \
        "- without the index of open ones: $(timed orders "select reservation_id from reservation r
            where r.state = 'confirmed' and r.location = '1' order by due_at, reservation_id limit 51")"
done
