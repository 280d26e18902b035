#!/usr/bin/env python3
"""Bundles the parts of the contract under api/ to openapi.yaml: bundle-contract.py [--check].

From api/access.yaml, which says what each operation needs, it makes the `security` and the answers 401 and 403 of the
operations, their answer 429, the list that the program enforces (api/operations.txt, with the names of the parameters in
each one's query) and the table in docs/access.md.

A part is text that is put in as it stands, so comments and order survive. An example is a JSON file, and is put in where
a part refers to it. Parts are in the order of their names, `common` first, so the same parts give the same bytes.

`"$defaults": "LocationInput"` in an object of an example stands for the members of that request that the object does not
name, as they are when a client leaves them out. So a new field of a request is in the answers' examples by itself.
"""
import itertools
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
API = ROOT / "api"
BUNDLE = ROOT / "openapi.yaml"
OPERATIONS = API / "operations.txt"
ACCESS_PAGE = ROOT / "docs" / "access.md"
NOTE = "# Bundled from api/ by `make contract`. Change the parts, not this file.\n"
REFERENCE = re.compile(r'^( *)([a-zA-Z]+): \{ \$ref: "\.\./examples/([^"]+)" \}$')
PLAIN_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9]*$")
MEMBER = re.compile(r"^    (\w+):")
DEFAULT = re.compile(r"^      default: (.+)$")
NULLABLE = re.compile(r'^      type: \[.*"null".*\]$')
LEADS_TO = re.compile(r"#/components/(\w+/\w+)")
SHARED = re.compile(r"^( *\w+:) ([&*])(\w+)$")
ACCESS = re.compile(r"^(\w+): \{ scopes: \[(.*)\], bound: (held|filtered|refused|free) \}$")
OPERATION = re.compile(r"^    operationId: (\w+)$")
PARAMETERS = re.compile(r"^(  |    )parameters:$")
PARAMETER = re.compile(r'^ +- (?:name: (\w+)|\$ref: "#/components/parameters/(\w+)")$')
STATUS = re.compile(r'^      "(\d+)":$')
TABLE = re.compile(r"(<!-- operations -->\n).*(<!-- end -->)", re.DOTALL)


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


def indented(lines, indent):
    for line in lines:
        yield " " * indent + line if line else ""


def parts(folder):
    return sorted((API / folder).glob("*.yaml"), key=lambda path: (path.stem != "common", path.stem))


def access():
    """What each operation needs: its scopes, any of which opens it, and what becomes of a bound client."""
    found = {}
    for line in (API / "access.yaml").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        match = ACCESS.match(line)
        if not match or match[1] in found:
            sys.exit(f"api/access.yaml: '{line}' is not an operation's line, or its operation is named twice")
        found[match[1]] = ([scope.strip() for scope in match[2].split(",") if scope.strip()], match[3])
    return found


def shared_queries():
    """The names of the shared parameters that stand in queries, by what they are called in the contract."""
    found, key, name = {}, None, None
    for line in (API / "components" / "parameters.yaml").read_text(encoding="utf-8").splitlines():
        if match := re.match(r"^(\w+):$", line):
            key = match[1]
        elif match := re.match(r"^  name: (\S+)$", line):
            name = match[1]
        elif line == "  in: query":
            found[key] = name
    return found


def queries(lines, shared):
    """The names in the query of each operation of a file of paths, by its `operationId`; those of its path too."""
    found, of_path, names, name, indent = {}, [], None, None, ""
    for line in lines:
        if line.startswith("/"):
            of_path, names = [], None
        elif match := OPERATION.match(line):
            found[match[1]], names = list(of_path), None
            current = found[match[1]]
        elif match := PARAMETERS.match(line):
            indent = match[1]
            names = of_path if indent == "  " else current
        elif names is not None and line.startswith(indent) and not line.startswith(indent + " "):
            names = None
        elif names is not None and (match := PARAMETER.match(line)):
            name = match[1]
            if match[2] in shared:
                names.append(shared[match[2]])
        elif names is not None and name and line == f"{indent}    in: query":
            names.append(name)
    return found


def secured(lines, needs, operations, shared):
    """The lines of a file of paths, with what its operations need; notes each operation in `operations`."""
    lines = list(lines)
    asked = queries(lines, shared)
    path = method = None
    is_open, has_denials, has_limit = False, True, True
    for line in lines:
        if line.startswith("/"):
            path = line.removesuffix(":")
        elif re.match(r"^  (get|put|post|delete|patch):$", line):
            method = line.strip(" :").upper()
        status = STATUS.match(line)
        if status and int(status[1]) > 401 and not has_denials:
            has_denials = True
            yield from denials(is_open)
        if status and int(status[1]) > 429 and not has_limit:
            has_limit = True
            # Whoever watches over the service is not held back.
            if not path.startswith("/health"):
                yield from answer("429", "RateLimited")
        yield line
        if named := OPERATION.match(line):
            if named[1] not in needs:
                sys.exit(f"api/access.yaml: says nothing of the operation {named[1]}")
            scopes, bound = needs[named[1]]
            operations.append((method, path, named[1], bound, scopes, asked[named[1]]))
            is_open, has_denials, has_limit = not scopes, False, False
            yield "    security: []" if is_open else "    security:"
            yield from (f'      - token: ["{scope}"]' for scope in scopes)


def denials(is_open):
    if not is_open:
        yield from answer("401", "Unauthenticated")
        yield from answer("403", "Forbidden")


def answer(status, name):
    yield f'      "{status}":'
    yield f'        $ref: "#/components/responses/{name}"'


def table(operations):
    """The operations as a table of Markdown."""
    yield "| operation | method and path | scopes, any of | bound clients |\n|---|---|---|---|\n"
    for method, path, name, bound, scopes, _ in operations:
        asked = ", ".join(f"`{scope}`" for scope in scopes) or "none, open to anyone"
        yield f"| `{name}` | `{method} {path}` | {asked} | {bound} |\n"


def spelled_out(lines):
    """The lines of all schemas, with each alias (`*name`) replaced by what its anchor (`&name`) stands for.

    Parts may share with anchors; the bundle has none, since the parser of many generators takes 50 aliases at most.
    """
    anchors, out = {}, []
    for number, line in enumerate(lines):
        found = SHARED.match(line)
        if not found:
            out.append(line)
        elif found[2] == "&":
            indent = len(found[1]) - len(found[1].lstrip())
            below = itertools.takewhile(lambda line: line.startswith(" " * (indent + 1)), lines[number + 1 :])
            anchors[found[3]] = (indent, list(below))
            out.append(found[1])
        elif found[3] in anchors:
            at, below = anchors[found[3]]
            indent = len(found[1]) - len(found[1].lstrip())
            out += [found[1], *(" " * indent + line[at:] for line in below)]
        else:
            sys.exit(f"api/schemas: no anchor before the alias *{found[3]}")
    return out


def components(lines):
    """The kind and name of each component of the bundle."""
    kind = None
    for line in lines[lines.index("components:") :]:
        if found := re.match(r"^  (\w+):$", line):
            kind = found[1]
        elif found := re.match(r"^    (\w+):", line):
            yield kind, found[1]


def bundle():
    used, operations, needs, shared = set(), [], access(), shared_queries()
    lines = list(part(API / "openapi.yaml", 0, used))
    lines += ["", "paths:"]
    for path in parts("paths"):
        lines += [*indented(secured(part(path, 0, used), needs, operations, shared), 2), ""]
    if unknown := set(needs) - {operation[2] for operation in operations}:
        sys.exit(f"api/access.yaml: no part has the operation {', '.join(sorted(unknown))}")
    lines.append("components:")
    lines += ["  securitySchemes:", *part(API / "components" / "securitySchemes.yaml", 4, used), ""]
    for kind in ("headers", "parameters", "responses"):
        lines += [f"  {kind}:", *part(API / "components" / f"{kind}.yaml", 4, used), ""]
    lines.append("  schemas:")
    lines += spelled_out([line for path in parts("schemas") for line in part(path, 4, used)])
    defined = {f"{kind}/{name}" for kind, name in components(lines)}
    if missing := {name for line in lines for name in LEADS_TO.findall(line)} - defined:
        sys.exit(f"api: nothing is defined as {', '.join(sorted(missing))}")
    unused = {path.name for path in (API / "examples").iterdir()} - used
    if unused:
        sys.exit(f"api/examples: no part refers to {', '.join(sorted(unused))}")
    enforced = "".join(
        f"{method} {path} {name} {bound} {','.join(scopes)} {','.join(asked)}\n"
        for method, path, name, bound, scopes, asked in operations
    )
    page = TABLE.sub(lambda match: match[1] + "".join(table(operations)) + match[2], ACCESS_PAGE.read_text("utf-8"))
    return {BUNDLE: NOTE + "\n".join(lines) + "\n", OPERATIONS: enforced, ACCESS_PAGE: page}


def main():
    files = bundle()
    if sys.argv[1:] == ["--check"]:
        for path, text in files.items():
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                sys.exit(f"{path.relative_to(ROOT)} is stale: run `make contract` and commit it with the parts")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")


main()
