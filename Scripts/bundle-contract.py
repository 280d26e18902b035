#!/usr/bin/env python3
"""Bundles the parts of the contract under api/ to openapi.yaml: bundle-contract.py [--check].

A part is text that is put in as it stands, so comments and order survive. An example is a JSON file, and is put in where
a part refers to it. Parts are in the order of their names, `common` first, so the same parts give the same bytes.

`"$defaults": "LocationInput"` in an object of an example stands for the members of that request that the object does not
name, as they are when a client leaves them out. So a new field of a request is in the answers' examples by itself.
"""
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
API = ROOT / "api"
BUNDLE = ROOT / "openapi.yaml"
NOTE = "# Bundled from api/ by `make contract`. Change the parts, not this file.\n"
REFERENCE = re.compile(r'^( *)([a-zA-Z]+): \{ \$ref: "\.\./examples/([^"]+)" \}$')
PLAIN_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9]*$")
MEMBER = re.compile(r"^    (\w+):")
DEFAULT = re.compile(r"^      default: (.+)$")
NULLABLE = re.compile(r'^      type: \[.*"null".*\]$')


def scalar(value):
    return json.dumps(value, ensure_ascii=False)


def name_of(key):
    return key if PLAIN_NAME.match(key) else scalar(key)


def is_block(value):
    return isinstance(value, (dict, list)) and len(value) > 0


def block(value, indent):
    """The lines of a value as block YAML; its strings stay as JSON has them, which YAML reads alike."""
    space = " " * indent
    if isinstance(value, dict):
        for key, inner in value.items():
            if is_block(inner):
                yield f"{space}{name_of(key)}:"
                yield from block(inner, indent + 2)
            else:
                yield f"{space}{name_of(key)}: {scalar(inner)}"
    else:
        for inner in value:
            if is_block(inner):
                first, *rest = block(inner, indent + 2)
                yield f"{space}- {first.lstrip()}"
                yield from rest
            else:
                yield f"{space}- {scalar(inner)}"


def plain(text):
    """The value of a YAML scalar or list of words on one line."""
    if text.startswith("["):
        return [plain(word.strip()) for word in text[1:-1].split(",") if word.strip()]
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def defaults(schema):
    """What the members of a request are that a client leaves out: those with a default, and those that may be null."""
    found, member, is_inside = {}, None, False
    for line in (line for path in parts("schemas") for line in path.read_text(encoding="utf-8").splitlines()):
        if not line.startswith(" "):
            is_inside = line == f"{schema}:"
        elif is_inside:
            if name := MEMBER.match(line):
                member = name[1]
            elif default := DEFAULT.match(line):
                found[member] = plain(default[1])
            elif NULLABLE.match(line):
                found.setdefault(member, None)
    if not found:
        sys.exit(f"api/examples: no schema {schema} with defaults")
    return found


def members(pairs):
    """An object of an example, with its `$defaults` filled in where they stand."""
    value, named = {}, {name for name, _ in pairs}
    for name, inner in pairs:
        if name == "$defaults":
            value |= {name: inner for name, inner in defaults(inner).items() if name not in named}
        else:
            value[name] = inner
    return value


def part(path, indent, used):
    """The lines of one file, moved in by `indent`, with its examples."""
    for line in path.read_text(encoding="utf-8").splitlines():
        found = REFERENCE.match(line)
        if not found:
            yield " " * indent + line if line else ""
            continue
        used.add(found[3])
        text = (API / "examples" / found[3]).read_text(encoding="utf-8")
        value = json.loads(text, object_pairs_hook=members)
        at = indent + len(found[1])
        if is_block(value):
            yield f"{' ' * at}{found[2]}:"
            yield from block(value, at + 2)
        else:
            yield f"{' ' * at}{found[2]}: {scalar(value)}"


def parts(folder):
    return sorted((API / folder).glob("*.yaml"), key=lambda path: (path.stem != "common", path.stem))


def bundle():
    used = set()
    lines = list(part(API / "openapi.yaml", 0, used))
    lines += ["", "paths:"]
    for path in parts("paths"):
        lines += [*part(path, 2, used), ""]
    lines.append("components:")
    for kind in ("headers", "parameters", "responses"):
        lines += [f"  {kind}:", *part(API / "components" / f"{kind}.yaml", 4, used), ""]
    lines.append("  schemas:")
    for path in parts("schemas"):
        lines += part(path, 4, used)
    unused = {path.name for path in (API / "examples").iterdir()} - used
    if unused:
        sys.exit(f"api/examples: no part refers to {', '.join(sorted(unused))}")
    return NOTE + "\n".join(lines) + "\n"


def main():
    text = bundle()
    if sys.argv[1:] == ["--check"]:
        if BUNDLE.read_text(encoding="utf-8") != text:
            sys.exit("openapi.yaml is stale: run `make contract` and commit it with the parts")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        BUNDLE.write_text(text, encoding="utf-8")


main()
