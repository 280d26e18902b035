#!/usr/bin/env bash
# Installs the Debian packages that building and running need, and only those that are missing. Programs that are
# named as arguments are needed too; nearly all are in a package of their name.
set -euo pipefail

missing=()
[ -e /usr/include/postgresql/libpq-fe.h ] || [ -e /usr/include/libpq-fe.h ] || missing+=(libpq-dev)
[ -e /usr/include/pcre2.h ] || missing+=(libpcre2-dev)
[ -e /usr/include/zlib.h ] || missing+=(zlib1g-dev)
command -v pkg-config > /dev/null || missing+=(pkg-config)
[ -x "$(pg_config --bindir 2> /dev/null)/initdb" ] || missing+=(libpq-dev postgresql)
python3 -c 'import venv, ensurepip' 2> /dev/null || missing+=(python3-venv)
command -v curl > /dev/null || missing+=(curl)
# Tests make certificates with it, and see that those of the system are not taken for ours.
command -v openssl > /dev/null || missing+=(openssl)
[ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
for program in "$@"; do
    # A library, and no program.
    if [ "$program" = librdkafka ]; then
        pkg-config --exists rdkafka 2> /dev/null || missing+=(librdkafka-dev)
        continue
    fi
    package=$program
    case $program in
        chromedriver) package=chromium-driver ;;
        java) package=default-jre-headless ;;
        node) package=nodejs ;;
        tsc) package=node-typescript ;;
        strip) package=binutils ;;
        h2load) package=nghttp2-client ;;
        pdftocairo) package=poppler-utils ;;
    esac
    command -v "$program" > /dev/null || missing+=("$package")
done

command -v swift > /dev/null || {
    echo "setup: Swift 6.2 or newer is needed; see https://www.swift.org/install" >&2
    exit 1
}
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
echo "setup: installing Debian packages that are missing: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null || {
        echo "setup: not root and no sudo; run as root: apt-get install ${missing[*]}" >&2
        exit 1
    }
    as_root=(sudo)
fi
# One after the other, where stages run side by side: apt does not wait for another of its kind.
mkdir -p "$(dirname "$0")/../.build"
exec 9> "$(dirname "$0")/../.build/setup.lock"
flock 9
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
