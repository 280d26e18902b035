#!/usr/bin/env python3
"""What one client notices of others that behave badly: its p99 when all is quiet, and beside a thousand idle connections,
slow heads, slow bodies, slow readers (slowhttptest) and a client that asks for more than it may (wrk).

    Scripts/measure-neighbours.py .build/release/holdfast [--seconds 20]

Needs slowhttptest and wrk (Debian packages). Times are printed and not judged; what the well-behaved client is refused is."""

import argparse
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Client:
    """Reads a figure and sells a unit in turn, one request after the other, as a till does; 50 a second at most."""

    def __init__(self, port, key):
        self.port, self.key, self.sent = port, key, 0

    def call(self, connection, method, path, body=None):
        headers = {"Authorization": "Bearer " + self.key}
        if body is not None:
            headers["Content-Type"] = "application/json"
        start = time.perf_counter()
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {path} was answered {answer.status}: {content[:300]}")
        return (time.perf_counter() - start) * 1000

    def measure(self, seconds):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        reads, sales, end = [], [], time.monotonic() + seconds
        while time.monotonic() < end:
            reads.append(self.call(connection, "GET", "/v1/availability/A/7"))
            self.sent += 1
            line = {"eventId": f"sale-{self.sent}", "type": "sale", "sku": "A", "location": "7", "quantity": 1}
            sales.append(self.call(connection, "POST", "/v1/movements", {"source": "till-7", "lines": [line]}))
            time.sleep(0.02)
        connection.close()
        return p99(reads), p99(sales), len(reads) + len(sales)


def p99(times):
    return sorted(times)[int(len(times) * 0.99)]


def idle(port, count):
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
    return lambda: [connection.close() for connection in connections]


def command(*arguments):
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop():
        process.terminate()
        process.wait()
    return stop


def slow(url, kind, seconds):
    return command("slowhttptest", *kind, "-c", "1000", "-r", "200", "-l", str(seconds + 10), "-u", url, "-p", "3")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seconds", type=int, default=20)
    arguments = parser.parse_args()
    for tool in ("slowhttptest", "wrk"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing: apt-get install {tool}")
    folder, port = tempfile.mkdtemp(prefix="holdfast-neighbours-"), free_port()
    os.chmod(folder, 0o755)
    environment = dict(os.environ, HOLDFAST_DATA_DIR=folder, HOLDFAST_HTTP_PORT=str(port), HOLDFAST_AUTH_MODE="token",
                       HOLDFAST_LOG_LEVEL="error")
    service = subprocess.Popen([arguments.program, "serve"], env=environment, stdout=subprocess.DEVNULL)

    def key(client, role):
        return subprocess.run([arguments.program, "keys", "create", "--client", client, "--role", role],
                              env=environment, check=True, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout.strip()

    url, stop = f"http://127.0.0.1:{port}", lambda: None
    try:
        wait_for(url, service)
        ops = Client(port, key("ops", "operator"))
        connection = http.client.HTTPConnection("127.0.0.1", port)
        ops.call(connection, "PUT", "/v1/locations/7", {"name": "7"})
        ops.call(connection, "PUT", "/v1/items/A", {"name": "A"})
        ops.call(connection, "POST", "/v1/movements", {"source": "wms", "lines": [
            {"eventId": "1", "type": "opening", "sku": "A", "location": "7", "quantity": 1_000_000}]})
        till, greedy = Client(port, key("till-7", "till")), key("greedy", "analyst")
        till.measure(5)
        scenes = [
            ("quiet", lambda: lambda: None),
            ("1,000 idle connections", lambda: idle(port, 1000)),
            ("1,000 slow heads", lambda: slow(url + "/v1/items", ["-H"], arguments.seconds)),
            ("1,000 slow bodies", lambda: slow(url + "/v1/movements", ["-B", "-t", "POST"], arguments.seconds)),
            ("1,000 slow readers", lambda: slow(url + "/openapi.yaml", ["-X", "-k", "3"], arguments.seconds)),
            ("a client over its limit", lambda: command(
                "wrk", "-t", "1", "-c", "64", "-d", "600", "-H", "Authorization: Bearer " + greedy,
                url + "/v1/availability/A/7")),
        ]
        print(f"{'beside':<28} {'read p99':>10} {'sale p99':>10} {'of quiet':>14} {'requests':>9}")
        quiet = None
        for name, start in scenes:
            stop = start()
            time.sleep(2 if quiet else 0)
            read, sale, count = till.measure(arguments.seconds)
            stop()
            stop = lambda: None
            quiet = quiet or (read, sale)
            shares = f"{read / quiet[0]:.1f} × {sale / quiet[1]:.1f} ×"
            print(f"{name:<28} {read:>7.1f} ms {sale:>7.1f} ms {shares:>14} {count:>9}", flush=True)
            time.sleep(2)
    finally:
        stop()
        service.terminate()
        service.wait()
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(url, service):
    end = time.monotonic() + 60
    while time.monotonic() < end and service.poll() is None:
        try:
            with urllib.request.urlopen(url + "/health/ready", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    sys.exit("the service did not start")


main()
