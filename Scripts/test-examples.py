#!/usr/bin/env python3
"""Starts the demo and tries every example of the contract that it serves, as somebody would in /docs: test-examples.py HOLDFAST

In the order of the contract, what deletes last and backwards. Each must answer 2xx, and no line of facts may be
rejected. What cannot is named in EXCEPTIONS, with why. Optional parameters of what reads are tried each by itself.
"""

import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import yaml

# (operation, name of the example or "" where it has none) -> why it does not answer 2xx on a demo that has just started.
EXCEPTIONS = {
    ("getLedgerExport", ""): (404, "a day is exported once it has ended, and the demo has recorded all of its facts today"),
    ("getBalanceExport", ""): (404, "a day is exported once it has ended, and the demo has recorded all of its facts today"),
    ("deleteLocation", ""): (409, "the store is in use"),
    ("deleteSource", ""): (409, "the source has reported facts"),
}
# Parameters that are sent with others, in place of others, and one that only answers give.
COMPANIONS = {
    "code": ("codeSystem",), "codeSystem": ("code",), "latitude": ("longitude",), "longitude": ("latitude",),
    "radiusKm": ("latitude", "longitude"), "to": ("from",), "proposals": ("location",), "location": ("proposals",),
}
INSTEAD = {"code": "sku"}
OPAQUE = "cursor"
# Asked again while they answer 409, since what the example before them began ends by itself.
REPEATED = {("replayWebhook", "times")}
REPEATED_SECONDS = 60
START_SECONDS = 300
METHODS = ("get", "put", "post", "patch")


class Contract:
    def __init__(self, text):
        self.document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))

    def resolved(self, value):
        while "$ref" in value:
            found = self.document
            for name in value["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            value = found
        return value

    def operations(self):
        """Method, path, parameters and operation of each, those that delete last."""
        deletions = []
        for path, item in self.document["paths"].items():
            for method in (*METHODS, "delete"):
                if method in item:
                    operation = item[method]
                    parameters = [
                        self.resolved(each) for each in item.get("parameters", []) + operation.get("parameters", [])]
                    found = (method.upper(), path, parameters, operation)
                    if method == "delete":
                        deletions.append(found)
                    else:
                        yield found
        yield from reversed(deletions)

    def bodies(self, operation):
        """Name, media type and value of each example of a request's body."""
        body = operation.get("requestBody")
        if body is None:
            return [("", None, None)]
        [(media, content)] = self.resolved(body)["content"].items()
        if "example" in content:
            return [("", media, content["example"])]
        return [(name, media, self.resolved(each)["value"]) for name, each in content.get("examples", {}).items()]


def value(parameter, example):
    """What a parameter says in the example of that name; None where it says nothing."""
    if parameter["name"] == "Idempotency-Key":
        return str(uuid.uuid4())
    named = parameter.get("examples", {})
    if named:
        return named.get(example, next(iter(named.values())))["value"]
    return parameter.get("example")


def optional(parameters):
    """The names of each set of optional parameters that is sent together."""
    names = [each["name"] for each in parameters if each["in"] == "query" and "examples" in each["schema"]]
    for name in names:
        if name != OPAQUE:
            yield {name, *(other for other in COMPANIONS.get(name, ()) if other in names)}


def request(base, method, path, parameters, example, media, body, besides=frozenset()):
    query, headers = [], {}
    for parameter in parameters:
        if any(INSTEAD.get(name) == parameter["name"] for name in besides):
            continue
        says = value(parameter, example)
        if says is None and parameter["name"] in besides:
            says = parameter["schema"]["examples"][0]
        if says is None:
            assert not parameter.get("required"), f"{method} {path}: {parameter['name']} is required and has no example"
        elif parameter["in"] == "path":
            path = path.replace("{%s}" % parameter["name"], urllib.parse.quote(str(says), safe=""))
        elif parameter["in"] == "query":
            for one in says if isinstance(says, list) else [says]:
                query.append((parameter["name"], json.dumps(one) if isinstance(one, bool) else one))
        else:
            headers[parameter["name"]] = says
    if query:
        path += "?" + urllib.parse.urlencode(query)
    data = None
    if media:
        headers["Content-Type"] = media
        data = (body if isinstance(body, str) else json.dumps(body, default=str)).encode()
    return urllib.request.Request(base + path, data=data, method=method, headers=headers)


def answer(asked, is_stream):
    """Status and text. Of a stream its beginning, since it has no end."""
    try:
        with urllib.request.urlopen(asked, timeout=30) as response:
            return response.status, "" if is_stream else response.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode("utf-8", "replace")


def rejected(text):
    try:
        summary = json.loads(text).get("summary", {})
        return summary.get("rejected", 0) if isinstance(summary, dict) else 0
    except (ValueError, AttributeError):
        return 0


def try_all(base, contract):
    """Complaints, and how many examples there were."""
    complaints, count, met = [], 0, set()
    for method, path, parameters, operation in contract.operations():
        name = operation["operationId"]
        bodies = contract.bodies(operation)
        if not bodies:
            complaints.append(f"{name} has no example of its body")
        for example, media, body in bodies:
            count += 1
            asked = request(base, method, path, parameters, example, media, body)
            status, text = answer(asked, name == "streamEvents")
            repeated_until = time.monotonic() + REPEATED_SECONDS
            while (name, example) in REPEATED and status == 409 and time.monotonic() < repeated_until:
                time.sleep(0.2)
                status, text = answer(asked, False)
            what = f"{name} {example}: {method} {asked.full_url.removeprefix(base)}"
            if (name, example) in EXCEPTIONS:
                met.add((name, example))
                expected, why = EXCEPTIONS[name, example]
                if status != expected:
                    complaints.append(f"{what} answered {status}, not {expected} ({why})")
            elif not 200 <= status < 300:
                complaints.append(f"{what} answered {status}: {text[:400]}")
            elif rejected(text):
                complaints.append(f"{what} had lines rejected: {text[:600]}")
        if method == "GET" and (name, "") not in EXCEPTIONS:
            for besides in optional(parameters):
                count += 1
                asked = request(base, method, path, parameters, "", None, None, besides)
                status, text = answer(asked, name == "streamEvents")
                if not 200 <= status < 300:
                    complaints.append(f"{name}: {method} {asked.full_url.removeprefix(base)} answered {status}: {text[:400]}")
    complaints += [f"EXCEPTIONS names {name} {example}, which the contract has not" for name, example in set(EXCEPTIONS) - met]
    return complaints, count


@contextlib.contextmanager
def demo(holdfast):
    """The address of a demo in which nothing happens by itself."""
    with tempfile.TemporaryDirectory(prefix="holdfast-examples-") as name:
        folder = pathlib.Path(name)
        # The embedded PostgreSQL runs as another user when this runs as root.
        folder.chmod(0o755)
        log = folder / "demo.log"
        with log.open("wb") as file:
            program = subprocess.Popen(
                [holdfast, "demo", "--still", "--http-port", "0", "--data-dir", str(folder / "data")], stdout=file, stderr=file)
        try:
            deadline = time.monotonic() + START_SECONDS
            while True:
                said = [line for line in log.read_text().splitlines() if line.startswith("Holdfast serves on ")]
                if said:
                    break
                if program.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"test-examples: the demo did not start:\n{log.read_text()[-4000:]}")
                time.sleep(0.1)
            yield said[0].removeprefix("Holdfast serves on ").strip()
        finally:
            program.terminate()
            program.wait(60)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with demo(pathlib.Path(sys.argv[1]).resolve()) as base:
        with urllib.request.urlopen(base + "/openapi.yaml", timeout=30) as served:
            contract = Contract(served.read())
        complaints, count = try_all(base, contract)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        sys.exit(f"test-examples: {len(complaints)} of {count} examples do not work on the demo")
    print(f"test-examples: {count} examples of the contract work on the demo, but for {len(EXCEPTIONS)} that say why")


if __name__ == "__main__":
    main()
