"""Rows about the way that requests come: over TLS, over HTTP/2, and as files."""

import http.client
import json
import random
import re
import statistics
import subprocess
import tempfile
import time
import urllib.parse

import load

# One connection that answers 16 requests at once, against as many connections.
H2_CONNECTIONS, H2_STREAMS = 8, 16


def in_turn(bench, service, baseline):
    """The medians of both, in turn, so that a slow minute of the machine is everybody's."""
    pairs = [(service(), baseline()) for _ in range(bench.rounds)]
    return tuple(statistics.median(of) for of in zip(*pairs))


def compared(service, baseline, unit="/s", **more):
    return {"service": service, "baseline": baseline, "ratio": service / baseline, "unit": unit} | more


def certificate(folder):
    """A key and a certificate that nobody trusts: the service's settings that name them."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"], check=True, capture_output=True)
    return {"HOLDFAST_TLS_CERTIFICATE": f"{folder}/cert.pem", "HOLDFAST_TLS_KEY": f"{folder}/key.pem"}


def tls(bench, database, items, locations):
    """Single balances over connections with TLS that stay open, beside the same without."""
    bench.stop_servers()
    with tempfile.TemporaryDirectory() as folder:
        plain = bench.cluster.serve(database)
        try:
            locked = bench.cluster.serve(database, **certificate(folder))
            try:
                run = lambda server, seconds: load.wrk(
                    bench.cluster, server, "reads", seconds, 128, items=items, locations=locations)
                for server in (locked, plain):
                    run(server, bench.warm_up)
                return compared(*in_turn(
                    bench, lambda: run(locked, bench.seconds)["perSecond"], lambda: run(plain, bench.seconds)["perSecond"]))
            finally:
                locked.stop()
        finally:
            plain.stop()


def h2load(server, seconds, items, locations, *arguments):
    """Requests a second of h2load; fails when one was not answered as it should be."""
    chance = random.Random(1)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as uris:
        for _ in range(1_000):
            uris.write(
                f"{server.url}/v1/availability/sku-{chance.randint(1, items):06d}/loc-{chance.randint(1, locations):04d}\n")
        uris.flush()
        result = subprocess.run(
            ["h2load", "-D", str(seconds), "-t", "1", "-i", uris.name, *arguments], capture_output=True, text=True)
    rate = re.search(r"finished in .*?, ([0-9.]+) req/s", result.stdout)
    codes = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", result.stdout)
    if result.returncode or not rate or not codes or int(codes[3]) + int(codes[4]):
        raise SystemExit(f"bench: h2load failed: {result.stdout}{result.stderr}")
    return float(rate[1])


def http2(bench, database, items, locations):
    """Single balances over HTTP/2 without TLS, beside the same over as many HTTP/1.1 connections as there are streams."""
    server = bench.server(database)
    many = lambda seconds: h2load(
        server, seconds, items, locations, "-c", str(H2_CONNECTIONS), "-m", str(H2_STREAMS))
    one = lambda seconds: h2load(server, seconds, items, locations, "--h1", "-c", str(H2_CONNECTIONS * H2_STREAMS))
    many(bench.warm_up)
    one(bench.warm_up)
    return compared(*in_turn(bench, lambda: many(bench.seconds), lambda: one(bench.seconds)), peakMB=server.peak_mb())


def imports(bench, database, items, locations):
    """A file of movements through `POST /v1/imports`, beside the same lines in batches of 5,000: lines a second."""
    server = bench.server(database)
    lines = 50_000 if bench.quick else 200_000
    chance = random.Random(2)

    def imported():
        mark = time.time_ns()
        rows = "".join(
            f"import/{mark}/{number},sale,sku-{chance.randint(1, items):06d},loc-{chance.randint(1, locations):04d},1\n"
            for number in range(lines))
        # What the service does with the file, from the first byte that it gets.
        started = time.monotonic()
        job = ask(server, "POST", "/v1/imports?kind=movements&source=bench-file",
                  "eventId,type,sku,location,quantity\n" + rows, "text/csv")
        while job["state"] not in ("done", "failed"):
            time.sleep(0.05)
            job = ask(server, "GET", f"/v1/imports/{job['id']}")
        elapsed = time.monotonic() - started
        applied = sum(job["counts"].get(verdict, 0) for verdict in ("applied", "appliedUncovered"))
        if applied != lines:
            raise SystemExit(f"bench: of {lines} rows {applied} were applied: {json.dumps(job)[:500]}")
        return lines / elapsed

    batches = lambda: 5_000 * load.wrk(
        bench.cluster, server, "sales", bench.seconds, 8, lines=5_000, items=items, locations=locations)["perSecond"]
    imported()
    batches()
    return compared(*in_turn(bench, imported, batches), peakMB=server.peak_mb())


def ask(server, method, path, body=None, content_type="application/json"):
    address = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=120)
    connection.request(method, path, body, {"Content-Type": content_type} if body else {})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status >= 300:
        raise SystemExit(f"bench: {method} {path} answered {answer.status}: {text[:300]}")
    return json.loads(text)
