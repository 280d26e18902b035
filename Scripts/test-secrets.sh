#!/usr/bin/env bash
# Serves at log level trace, sends good and bad requests with a key and a token, and looks for the database's password, the
# key, the token and the key that tokens are signed with in every log, answer and message: none may be there.
set -euo pipefail
cd "$(dirname "$0")/.."

. Scripts/lib/server.sh
. Scripts/lib/postgres.sh
# A folder of its own, since both keep a log there.
pg=$work/pg
mkdir "$pg"
trap 'work=$pg stop_postgres; finish' EXIT

failed() {
    echo "test-secrets: $1" >&2
    exit 1
}
holdfast() { .build/release/holdfast "$@"; }

work=$pg start_postgres fsync=on
password="pw-$(openssl rand -hex 12)"
psql=("$binaries/psql" -X -q -At -h "$pg" -U postgres -d postgres)
"${psql[@]}" << SQL
create role keeper login password '$password';
create database stock owner keeper;
SQL
sed -i '1i local all keeper scram-sha-256' "$pg/data/pg_hba.conf"
"${psql[@]}" -c 'select pg_reload_conf()' > /dev/null
# The server takes it up a moment later; until then it lets in whoever has a wrong password.
for _ in $(seq 600); do
    PGPASSWORD=no "$binaries/psql" -X -w -h "$pg" -U keeper -d stock -c '' > /dev/null 2>&1 || break
    sleep 0.1
done

mkdir "$work/seen"
export HOLDFAST_LOG_LEVEL=trace HOLDFAST_AUTH_MODE=token HOLDFAST_AUTH_DEVELOPMENT=on
url="postgresql://keeper:$password@/stock?host=$pg"

# Settings that cannot be used are told without the URL in them; so is a password that the server refuses.
holdfast serve --database-url "postgresql://keeper:$password@[/stock" > "$work/seen/unreadable" 2>&1 \
    && failed "an unreadable URL was taken"
HOLDFAST_DATABASE_URL="postgresql://keeper:no-$password@/stock?host=$pg" .build/release/holdfast serve \
    > "$work/seen/refused" 2>&1 &
# Whatever ends this script ends it, too.
server=$!
for _ in $(seq 600); do
    grep -q 'password authentication failed for user' "$work/seen/refused" && break
    kill -0 "$server" 2> /dev/null || break
    sleep 0.1
done
kill -TERM "$server" 2> /dev/null || true
wait "$server" || true
server=
grep -q 'password authentication failed for user' "$work/seen/refused" \
    || failed "a wrong password was not told: $(cat "$work/seen/refused")"

export HOLDFAST_DATABASE_URL=$url
# Where it was built with Kafka, also with a password for brokers that nobody is behind, and librdkafka at its most talkative.
kafka_password="kafka-$(openssl rand -hex 12)"
HOLDFAST_KAFKA_BROKERS=127.0.0.1:9 holdfast serve --http-port no > "$work/kafka-built" 2>&1 || true
if grep -q 'built without Kafka' "$work/kafka-built"; then
    kafka=no
else
    kafka=yes
    printf '%s\n' "$kafka_password" > "$work/kafka-password"
    export HOLDFAST_KAFKA_BROKERS=127.0.0.1:9 HOLDFAST_KAFKA_SECURITY=sasl_plaintext HOLDFAST_KAFKA_SASL_USER=holdfast \
        HOLDFAST_KAFKA_SASL_PASSWORD_FILE=$work/kafka-password HOLDFAST_KAFKA_PROPERTIES=debug=all
fi
start_server
key=$(holdfast keys create --client admin --scope admin --role operator 2> "$work/seen/keys-create") \
    || failed "no key: $(tail -5 "$work/seen/keys-create")"
token=$(holdfast token --client till --role storeAssociate --location 1 --source pos-1 2> "$work/seen/token")
holdfast keys list > "$work/seen/keys-list" 2>&1
other=$(holdfast keys rotate "${key:4:16}" 2> "$work/seen/keys-rotate")
[[ $key == hfk_* && $other == hfk_* && $token == ey*.*.* ]] || failed "no key or no token was made"
signing=$(sed -n 2p "$HOLDFAST_DATA_DIR/development-key.pem")

answers=0
# Sends a request and keeps the answer, head and all. The first argument is the status that it has to have.
send() {
    local status=$1
    shift
    answers=$((answers + 1))
    curl -si -m 60 "$@" > "$work/seen/answer-$answers"
    grep -qE "^HTTP/1.1 $status" "$work/seen/answer-$answers" \
        || failed "not $status but $(head -c 600 "$work/seen/answer-$answers")"
}
json='Content-Type: application/json'
for secret in "$key" "$token" "$other"; do
    bearer="Authorization: Bearer $secret"
    send 404 -H "$bearer" "$base/v1/availability/none/1"
    send 200 -H "$bearer" -H "$json" "$base/v1/movements" \
        -d "{\"source\":\"pos-1\",\"lines\":[{\"eventId\":\"$answers\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"1\",\"quantity\":1}]}"
    send 400 -H "$bearer" -H "$json" "$base/v1/movements" -d '{"source":'
    send 400 -H "$bearer" -H "$json" "$base/v1/movements" -d "{\"$secret\":1}"
    send 415 -H "$bearer" -H 'Content-Type: text/plain' "$base/v1/movements" -d x
    send 404 -H "$bearer" "$base/nothing"
    send 405 -H "$bearer" -X PATCH "$base/v1/movements"
    # Almost right, in the wrong place, and with something else beside it.
    send 401 -H "${bearer}x" "$base/v1/availability/A/1"
    send 401 -H "Authorization: Basic $secret" "$base/v1/availability/A/1"
    send 401 -H "X-Api-Key: $secret" "$base/v1/availability/A/1"
    send 401 "$base/v1/availability/A/1?access_token=$secret"
    send 401 -H "$bearer" -H "$bearer" "$base/v1/availability/A/1"
    send 400 -H "$bearer" -H "Idempotency-Key: $secret $secret" -H "$json" "$base/v1/reservations" -d '{}'
done
send 403 -H "Authorization: Bearer $token" "$base/v1/api-keys"
send 200 -H "Authorization: Bearer $key" "$base/v1/api-keys"
send 201 -H "Authorization: Bearer $key" -H "$json" "$base/v1/api-keys" -d '{"client":"shop","roles":["storefront"]}'
made=$(sed -n 's/.*"key":"\(hfk_[^"]*\)".*/\1/p' "$work/seen/answer-$answers")
[ -n "$made" ] || failed "no key was made over HTTP"
# The one answer that shows a key.
rm "$work/seen/answer-$answers"
"$binaries/pg_dump" -h "$pg" -U postgres stock > "$work/seen/dump"

# Without a database every answer is a failure, and every failure goes to the log.
"${psql[@]}" -c 'alter role keeper nologin' \
    -c "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'keeper'" > /dev/null
send 503 -H "Authorization: Bearer $key" "$base/v1/availability/A/1"
send 503 -H "Authorization: Bearer $made" "$base/v1/availability/A/1"
send 503 "$base/health/ready"
"${psql[@]}" -c 'alter role keeper login'
kill -TERM "$server"
wait "$server" || true
server=
cp "$work/server.out" "$work/server.log" "$work/seen/"
cp "$pg/server.log" "$work/seen/postgres.log"
grep -q ' trace ' "$work/seen/server.log" || failed "the log has nothing of level trace"
[ $kafka = no ] || grep -q 'kafka client' "$work/seen/server.log" || failed "librdkafka has told nothing"
[ -s "$work/seen/postgres.log" ] || failed "PostgreSQL has no log"

found=0
look() {
    local where
    where=$(grep -rlF -- "$2" "$work/seen" | sed 's|.*/||' | tr '\n' ' ' || true)
    if [ -n "$where" ]; then
        echo "test-secrets: $1 is in: $where" >&2
        grep -rhF -- "$2" "$work/seen" | head -2 | sed "s/${2//\//\\/}/<SECRET>/g" | cut -c1-300 >&2
        found=1
    fi
}
look "the database's password" "$password"
look "the password for Kafka" "$kafka_password"
look "a key's secret" "${key:21}"
look "a rotated key's secret" "${other:21}"
look "the secret of a key that was made over HTTP" "${made:21}"
look "a token" "$token"
look "a token's signature" "${token##*.}"
look "the key that signs tokens" "$signing"
[ $found = 0 ] || exit 1
echo "test-secrets: no secret in the logs of the service and of PostgreSQL, $answers answers, and the database"
