#!/usr/bin/env bash
# Packs a release: the stripped program with Swift's libraries, Swagger UI, the sample, the files for deployment, the
# documents and all licences, as .build/dist/holdfast-VERSION-linux-ARCHITECTURE.tar.gz. After `make build docs-viewer`.
set -euo pipefail
cd "$(dirname "$0")/.."

program=.build/release/holdfast
version=$("$program" --version | cut -d ' ' -f 2)
name="holdfast-$version-linux-$(uname -m)"
out=.build/dist
rm -rf "$out"
root="$out/$name"
mkdir -p "$root/bin" "$root/lib" "$root/share/holdfast" "$root/licences"

install -m 755 "$program" "$root/bin/holdfast"
strip --strip-unneeded "$root/bin/holdfast"
# Swift's own libraries go along; what Debian has comes from Debian (packages.txt).
ldd "$program" | awk '$3 ~ /\/swift\/linux\// { print $3 }' | while read -r library; do
    install -m 644 "$library" "$root/lib/"
done
strip --strip-unneeded "$root"/lib/*.so
for file in "$root/bin/holdfast" "$root"/lib/*.so; do
    where=$([ "${file##*.}" = so ] && echo '$ORIGIN' || echo '$ORIGIN/../lib')
    patchelf --set-rpath "$where" "$file"
done
{
    ldd "$root/bin/holdfast" | awk '$3 ~ /^\/(usr\/)?lib/ { print $3 }' | while read -r library; do
        dpkg -S "$(realpath "$library")" 2>/dev/null || dpkg -S "$library" 2>/dev/null || true
    done | cut -d : -f 1 | sort -u
    # For a database of its own.
    echo postgresql
} > "$root/packages.txt"

cp -r .tools/swagger-ui "$root/share/holdfast/swagger-ui"
mkdir -p "$root/share/holdfast/samples"
cp -r Samples/completejourney "$root/share/holdfast/samples/completejourney"
cp -r deploy "$root/share/holdfast/deploy"
cp -r Mappings "$root/share/holdfast/mappings"
mkdir -p "$root/share/holdfast/docs"
git ls-files docs | tar -cf - -T - | tar -xf - -C "$root/share/holdfast"
cp openapi.yaml CHANGELOG.md ARCHITECTURE.md "$root/share/holdfast/"
cp LICENSE "$root/licences/holdfast.txt"
for folder in .build/checkouts/*/; do
    for file in "$folder"LICENSE* "$folder"NOTICE*; do
        [ -f "$file" ] && cp "$file" "$root/licences/$(basename "$folder")-$(basename "$file" .txt).txt"
    done
done
# `swift` itself may be a stand-in of a version manager.
runtime=$(swift -print-target-info | python3 -c 'import json, sys; print(json.load(sys.stdin)["paths"]["runtimeResourcePath"])')
cp "$runtime/../../share/swift/LICENSE.txt" "$root/licences/swift-runtime.txt"
cat > "$root/README.md" <<README
# Holdfast $version for Linux on $(uname -m)

Made for Debian $(. /etc/os-release && echo "$VERSION_ID"); Swift is not needed. As root:

    apt-get install -y --no-install-recommends \$(cat packages.txt)

Then, as anybody:

    bin/holdfast demo        # a week of real sales on a PostgreSQL of its own; needs \`postgresql\`
    bin/holdfast serve       # with HOLDFAST_DATABASE_URL on a server of yours
    bin/holdfast --help

The documents are in share/holdfast/docs; files for systemd, containers and PostgreSQL's roles in share/holdfast/deploy;
licences in licences.
README
tar -C "$out" --sort=name --owner=0 --group=0 --numeric-owner -czf "$out/$name.tar.gz" "$name"
(cd "$out" && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256")
echo "dist: $out/$name.tar.gz ($(du -h "$out/$name.tar.gz" | cut -f 1))"
