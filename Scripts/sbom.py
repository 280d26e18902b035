#!/usr/bin/env python3
"""Writes what the program is made of as CycloneDX 1.6 (JSON) to standard output: `make sbom`.

Versions of packages are those of Package.resolved, which a build leaves in the root; licences are read from the packages'
own files. --check needs neither: it fails when docs/dependencies.md and Package.swift do not name the same things."""

import json
import pathlib
import re
import subprocess
import sys
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Debian's package of what a system library of Package.swift is linked to.
SYSTEM = {"libpq": ("libpq5", "PostgreSQL"), "libpcre2-8": ("libpcre2-8-0", "BSD-3-Clause"), "zlib": ("zlib1g", "Zlib"),
          "rdkafka": ("librdkafka1", "BSD-2-Clause")}
# In the program only where they were installed when it was built (Scripts/lib/build-options.sh).
OPTIONAL = {"rdkafka"}
LICENCES = {"Apache License": "Apache-2.0", "MIT License": "MIT"}


def identity(url):
    return url.rstrip("/").removesuffix(".git").rsplit("/", 1)[-1].lower()


def named():
    """The packages and the system libraries that Package.swift names."""
    manifest = (ROOT / "Package.swift").read_text(encoding="utf-8")
    packages = {identity(url) for url in re.findall(r'\.package\(url: "([^"]+)"', manifest)}
    return packages, set(re.findall(r'pkgConfig: "([^"]+)"', manifest))


def check():
    packages, libraries = named()
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    # The first cell of a table's row.
    listed = {name.lower() for name in re.findall(r"^\| `([^`]+)`", page, re.MULTILINE)}
    expected = packages | libraries
    for name in sorted(expected - listed):
        print(f"docs/dependencies.md: {name} is in Package.swift and has no row", file=sys.stderr)
    for name in sorted(listed - expected):
        print(f"docs/dependencies.md: {name} has a row and is not in Package.swift", file=sys.stderr)
    for name in sorted(libraries - SYSTEM.keys()):
        print(f"Scripts/sbom.py: no package is known that has {name}", file=sys.stderr)
    return not expected ^ listed and libraries <= SYSTEM.keys()


def licence(checkout):
    for file in sorted(checkout.glob("LICEN[SC]E*")):
        text = file.read_text(encoding="utf-8", errors="replace")
        for words, spdx in LICENCES.items():
            if words in text:
                return spdx
    return None


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def component(kind, name, version, purl, spdx, **more):
    found = {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl, **more}
    if spdx:
        found["licenses"] = [{"license": {"id": spdx}}]
    return found


def components():
    resolved = ROOT / "Package.resolved"
    if not resolved.exists():
        sys.exit("sbom: there is no Package.resolved; run `make build` first")
    checkouts = {path.name.lower(): path for path in (ROOT / ".build/checkouts").glob("*")}
    for pin in json.loads(resolved.read_text(encoding="utf-8"))["pins"]:
        state, place = pin["state"], pin["location"].removesuffix(".git")
        version = state.get("version") or state["revision"]
        path = place.split("://", 1)[-1]
        checkout = checkouts.get(pin["identity"])
        yield component(
            "library", pin["identity"], version, f"pkg:swift/{path}@{version}",
            licence(checkout) if checkout else None,
            externalReferences=[{"type": "vcs", "url": place, "comment": f"commit {state['revision']}"}])
    for library, (package, spdx) in sorted(SYSTEM.items()):
        if library in OPTIONAL and subprocess.run(["pkg-config", "--exists", library]).returncode != 0:
            continue
        version = output("dpkg-query", "-W", "-f", "${Version}", package) or output("pkg-config", "--modversion", library)
        if version is None:
            sys.exit(f"sbom: {library} is not installed")
        purl = f"pkg:deb/debian/{package}@{version.replace(':', '%3A').replace('+', '%2B')}"
        yield component("library", package, version, purl, spdx)
    compiler = re.search(r"Swift version (\S+)", output("swift", "--version") or "")
    if compiler:
        version = compiler[1]
        yield component(
            "library", "swift-runtime", version, f"pkg:generic/swift-runtime@{version}", "Apache-2.0",
            description="Swift's standard library, Foundation and Dispatch, linked into the program")


def document():
    contract = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
    version = re.search(r"^  version: (\S+)$", contract, re.MULTILINE)[1]
    root = component(
        "application", "holdfast", version, f"pkg:generic/holdfast@{version}", "Apache-2.0")
    parts = sorted(components(), key=lambda part: part["name"])
    packages, libraries = named()
    direct = packages | {SYSTEM[library][0] for library in libraries} | {"swift-runtime"}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # The same parts have the same number.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([root, parts]))}",
        "version": 1,
        "metadata": {"component": root},
        "components": parts,
        "dependencies": [
            {"ref": root["purl"], "dependsOn": [part["purl"] for part in parts if part["name"] in direct]}],
        # What the packages need among themselves is not said.
        "compositions": [{"aggregate": "incomplete", "dependencies": [root["purl"]]}],
    }


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(0 if check() else 1)
    print(json.dumps(document(), indent=2))
