#!/usr/bin/env bash
# Makes clients from openapi.yaml with stock generators, compiles them, and sells an order with each against a real server:
# stores found, held, confirmed, picked, handed over, and an exception dismissed. The Java client is compiled only, where there
# is a compiler.
set -euo pipefail
cd "$(dirname "$0")/.."

Scripts/setup.sh java tsc node
Scripts/python-tools.sh openapi-python-client==0.29.1 openapi-generator-cli==7.26.0
. Scripts/lib/server.sh
# The generator calls ruff, which is installed beside it.
PATH="$PWD/.venv/bin:$PATH"

# Runs a generator; what it warns about, beyond what is known of it, fails.
generate() {
    "$@" > "$work/generator.log" 2>&1 || { tail -n 30 "$work/generator.log"; exit 1; }
    if grep -E ' (WARN|ERROR) |[Ww]arning: |WARNING' "$work/generator.log" | grep -vE "$known"; then exit 1; fi
}
# It says so of every contract of OpenAPI 3.1, of bodies that are files, and of examples that it does not print.
known='support is still in beta|Failed to get the schema name: null|Ignoring complex example'

generate openapi-python-client generate --path openapi.yaml --output-path "$work/holdfast_client" --meta none
generate openapi-generator-cli generate -i openapi.yaml -g typescript-fetch -o "$work/typescript-fetch"
generate openapi-generator-cli generate -i openapi.yaml -g java --library native \
    --additional-properties openApiNullable=false -o "$work/java"

# Names that a generator had to make up mean that a schema has none of its own.
made_up=$({ ls "$work/holdfast_client/models" "$work/typescript-fetch/models"; find "$work/java/src/main" -name '*.java'; } \
    | grep -E 'type_[0-9]|Inner|(One|Any|All)Of|/Model[A-Z]|InlineObject|exception_\.py' || true)
if [ -n "$made_up" ]; then
    printf 'clients: names that a generator made up:\n%s\n' "$made_up"
    exit 1
fi

.venv/bin/python -m compileall -q "$work/holdfast_client"
cp Scripts/clients/walk.ts "$work/typescript-fetch/walk.ts"
# The generated checks of types need TypeScript 4.9 to be compiled with noImplicitAny; Debian has 4.8.
tsc --outDir "$work/walk" --target es2020 --module commonjs --lib es2020,dom --strict --noImplicitAny false \
    "$work/typescript-fetch/walk.ts"
# The generator's own archive has the Jackson that the Java client needs, and not the annotation that it puts on all classes.
if command -v javac > /dev/null; then
    mkdir -p "$work/java/stub/javax/annotation"
    echo 'package javax.annotation; public @interface Generated { String[] value(); String date(); String comments(); }' \
        > "$work/java/stub/javax/annotation/Generated.java"
    archive=$(.venv/bin/python -c 'import openapi_generator_cli as g; print(g.__path__[0] + "/openapi-generator.jar")')
    find "$work/java/stub" "$work/java/src/main" -name '*.java' > "$work/java/sources"
    javac -nowarn -Xlint:none -d "$work/java/out" -cp "$archive" @"$work/java/sources" 2> "$work/javac.log" || { cat "$work/javac.log"; exit 1; }
fi

start_server
PYTHONPATH="$work" .venv/bin/python Scripts/clients/walk.py "$base"
node "$work/walk/walk.js" "$base"
