#!/usr/bin/env python3
"""Schemathesis with the token of each role, bound and not, against a service of its own.

    Scripts/fuzz-roles.py .build/release/holdfast [--examples 10]

Fails on a 5xx other than 503, on an answer that the contract does not document, and on any answer but 401, 403 or 429 to an
operation that the role has no scope for. Run by hand: `make fuzz-roles`, ten minutes and more."""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request

ROLES = ["storefront", "till", "storeAssociate", "orderSystem", "integrator", "operator", "analyst"]

HOOKS = textwrap.dedent('''
    import os
    import re
    import schemathesis

    ALLOWED = set(os.environ["FUZZ_SCOPES"].split())
    NEEDED = {}
    with open(os.environ["FUZZ_OPERATIONS"], encoding="utf-8") as file:
        for line in file:
            method, path, _, _, scopes, _ = line.rstrip("\\n").split(" ")
            NEEDED[method, path] = {scope for scope in scopes.split(",") if scope}


    @schemathesis.check
    def only_what_the_table_says(ctx, response, case):
        needed = NEEDED[case.operation.method.upper(), case.operation.path]
        if needed and not needed & ALLOWED and response.status_code < 500:
            # What never reaches the operation is answered by the connection or the router.
            assert response.status_code in (400, 401, 403, 404, 405, 408, 429), (
                f"{response.status_code} without one of {sorted(needed)}")
''')


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--examples", type=int, default=10)
    parser.add_argument("--role", action="append", choices=ROLES)
    arguments = parser.parse_args()
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folder, port = tempfile.mkdtemp(prefix="holdfast-fuzz-"), free_port()
    os.chmod(folder, 0o755)
    with open(f"{folder}/hooks.py", "w", encoding="utf-8") as file:
        file.write(HOOKS)
    environment = dict(
        os.environ, HOLDFAST_DATA_DIR=f"{folder}/data", HOLDFAST_HTTP_PORT=str(port), HOLDFAST_AUTH_MODE="token",
        HOLDFAST_AUTH_DEVELOPMENT="on", HOLDFAST_LOG_LEVEL="error", HOLDFAST_LIMIT_ADMIN="0", HOLDFAST_LIMIT_DENIALS="0")
    scopes = scopes_of_roles(root)
    service = subprocess.Popen([arguments.program, "serve"], env=environment, stdout=subprocess.DEVNULL)
    failed = []
    try:
        wait_for(port, service)
        for role in arguments.role or ROLES:
            for bound in ([], ["--location", "367", "--source", "pos-367"]):
                name = role + (" bound to 367" if bound else "")
                token = subprocess.run(
                    [arguments.program, "token", "--client", "fuzz", "--role", role, "--seconds", "86400", *bound],
                    env=environment, check=True, text=True, capture_output=True).stdout.strip()
                print(f"== {name}", flush=True)
                run = subprocess.run(
                    [f"{root}/.venv/bin/schemathesis", "run", f"{root}/openapi.yaml", "--url",
                     f"http://127.0.0.1:{port}", "-H", f"Authorization: Bearer {token}", "--phases", "fuzzing",
                     "-n", str(arguments.examples), "--no-shrink", "--continue-on-failure", "--warnings", "off",
                     "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
                     "response_schema_conformance,only_what_the_table_says", "--no-color",
                     # The tool reads YAML where the contract says text.
                     "--suppress-health-check", "all", "--exclude-operation-id", "getOpenAPI"],
                    env={**environment, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": folder,
                         "FUZZ_SCOPES": scopes[role], "FUZZ_OPERATIONS": f"{root}/api/operations.txt"},
                    text=True, capture_output=True, cwd=folder)
                print("\n".join(run.stdout.splitlines()[-12:]), flush=True)
                if run.returncode:
                    failed.append(name)
                    with open(f"fuzz-{role}{'-bound' if bound else ''}.log", "w", encoding="utf-8") as file:
                        file.write(run.stdout + run.stderr)
    finally:
        service.terminate()
        service.wait()
        shutil.rmtree(folder, ignore_errors=True)
    if failed:
        sys.exit(f"failed with: {', '.join(failed)}; see fuzz-*.log")


def scopes_of_roles(root):
    """From the table of docs/access.md, which a test holds to the program."""
    found = {}
    with open(f"{root}/docs/access.md", encoding="utf-8") as page:
        for line in page:
            cells = [cell.strip() for cell in line.split("|")]
            if len(cells) == 4 and cells[1].strip("`") in ROLES:
                found[cells[1].strip("`")] = cells[2].replace("`", "").replace(",", "")
    every = sorted({scope for scopes in found.values() for scope in scopes.split()} | {"admin", "rules:write"})
    return {role: " ".join(every) if scopes == "all" else scopes for role, scopes in found.items()}


def wait_for(port, service):
    end = time.monotonic() + 60
    while time.monotonic() < end and service.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    sys.exit("the service did not start")


main()
