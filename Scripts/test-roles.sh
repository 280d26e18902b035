#!/usr/bin/env bash
# Checks deploy/roles.sql on a server of its own: the owner migrates, the service works as the writer, and neither the
# writer nor the reader can do what it should not.
set -euo pipefail
cd "$(dirname "$0")/.."

. Scripts/lib/server.sh
. Scripts/lib/postgres.sh
# A folder of its own, since both keep a log there.
pg=$work/pg
mkdir "$pg"
trap 'work=$pg stop_postgres; finish' EXIT

as() { "$binaries/psql" -X -q -At -v ON_ERROR_STOP=1 -h "$pg" -U "holdfast_$1" -d holdfast -c "$2"; }
superuser() { "$binaries/psql" -X -q -v ON_ERROR_STOP=1 -h "$pg" -U postgres -d postgres "$@"; }
roles() { superuser -f deploy/roles.sql > "$work/roles.log"; }
url() { echo "postgresql://holdfast_$1@/holdfast?host=$pg"; }
failed() {
    echo "test-roles: $1" >&2
    exit 1
}
may() { as "$1" "$2" > /dev/null 2> "$work/refused" || failed "the $1 may not: $2: $(cat "$work/refused")"; }
# Refused for want of a right, and not because of a mistake in the statement.
may_not() {
    if as "$1" "$2" > /dev/null 2> "$work/refused"; then failed "the $1 may: $2"; fi
    grep -qE 'permission denied|must be owner' "$work/refused" || failed "$1: $2: $(cat "$work/refused")"
}

# With fsync off, as start_postgres has it, the service would not start.
work=$pg start_postgres fsync=on
roles
HOLDFAST_DATABASE_URL=$(url owner) .build/release/holdfast migrate > /dev/null
roles
roles

# A month is missing: whoever serves has to make it.
month=$(as owner "select to_char(now() + interval '2 months', '\"movement_\"YYYY_MM')")
as owner "drop table $month"

# A role that would lose acknowledged facts is refused.
superuser -c 'alter role holdfast_writer set synchronous_commit = off'
if HOLDFAST_DATABASE_URL=$(url writer) timeout 60 .build/release/holdfast serve > "$work/weak" 2>&1; then
    failed "it serves with synchronous_commit off"
fi
grep -q 'synchronous_commit is off' "$work/weak" || failed "$(cat "$work/weak")"
superuser -c 'alter role holdfast_writer reset synchronous_commit'

# At level debug the log has every statement that PostgreSQL refuses, those of background work too.
HOLDFAST_DATABASE_URL=$(url writer) HOLDFAST_LOG_LEVEL=debug start_server
Scripts/walkthrough.sh "$base"
key=$(HOLDFAST_DATABASE_URL=$(url writer) .build/release/holdfast keys create --client till --role till 2> /dev/null)
[[ $key == hfk_* ]] || failed "the writer made no key"
HOLDFAST_DATABASE_URL=$(url writer) .build/release/holdfast proof --full > "$work/proof" || failed "$(cat "$work/proof")"
if grep -E 'permission denied|42501' "$work/server.log"; then failed "something was refused to the service"; fi
[ "$(as owner "select tableowner from pg_tables where tablename = '$month'")" = holdfast_owner ] \
    || failed "$month was not made, or is not the owner's"

may writer "delete from commit_log where false"
may writer "insert into config_epoch select * from config_epoch where false"
for statement in 'drop table balance' "drop table $month" 'alter table balance add column x int' 'truncate movement' \
    'create table mine (x int)' 'create temporary table mine (x int)' \
    'create function available_to_sell(int, int, int, boolean) returns int language sql as $$ select 1 $$' \
    'alter function movement_partitions_ensure(int4) security invoker' 'drop index balance_location_item' \
    'update movement set units = 0' 'delete from movement' "update $month set units = 0" "insert into $month default values" \
    'update commit_log set lines = 0' 'update audit_entry set actor = null' 'update item_history set version = 0' \
    'update schema_migration set name = name' \
    'create role mine' 'set role holdfast_owner'; do
    may_not writer "$statement"
done

[ "$(as reader 'select count(*) > 0 from movement')" = t ] || failed "the reader sees no ledger"
may reader 'select * from balance join item using (item_id)'
may reader 'select * from ledger_span()'
for statement in 'insert into location_group default values' 'update balance set on_hand = 0' 'delete from reservation' \
    'truncate balance' 'select * from balance for update' 'drop table balance' 'create table mine (x int)' \
    'select secret_hash from api_key' 'select secret from webhook_secret' 'select movement_partitions_ensure(9)' \
    "select nextval(pg_get_serial_sequence('commit_log', 'commit_id'))" 'set role holdfast_writer'; do
    may_not reader "$statement"
done
echo "test-roles: owner, writer and reader may do what they need, and no more"
