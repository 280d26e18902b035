#!/usr/bin/env python3
"""Everybody who follows receives every event exactly once, in order for each balance, though processes are killed.

    Scripts/test-feed.py .build/release/holdfast [--seconds 10] [--rate 500] [--streams 10] [--kills 1]

Two processes of Holdfast on a PostgreSQL of their own; tills send lines at the given rate; subscribers follow streams, one a
store and one of everything, a reader follows pages, a receiver gets a webhook. In the middle a process is killed and started
again, and everybody goes on where they were. Then each must have each movement once, with versions in order, and all who
follow everything must have the same events. It prints how long events took from their commit, and judges only what came.
Exit 0: nothing was lost, doubled or out of order."""

import argparse
import collections
import http.client
import http.server
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone

from soak import Database, free_port

SKUS, STORES = 40, 50
LINES_PER_CALL = 50
TILLS = 4
# From the last line on: a slow machine has that long to bring everything to everybody.
PATIENCE_SECONDS = 180


class Service:
    """One process of Holdfast, which may be killed."""

    def __init__(self, program, url, port):
        self.program, self.url, self.port, self.process = program, url, port, None

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "serve", "--http-port", str(self.port), "--log-level", "warning"], start_new_session=True,
            stdout=sys.stderr, stderr=sys.stderr,
            env={**os.environ, "HOLDFAST_DATABASE_URL": self.url, "HOLDFAST_WEBHOOK_ALLOW_PRIVATE": "on"})
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/health/ready")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                sys.exit(f"holdfast ended with {self.process.returncode}")
            time.sleep(0.05)

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)


def call(ports, method, path, body=None, until=None):
    """To one process or another, until one answers. Facts say by their event ids what was done already."""
    attempt = 0
    while True:
        port = ports[attempt % len(ports)]
        attempt += 1
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
            if answer.status < 500:
                return answer.status, json.loads(content)
        except (OSError, http.client.HTTPException, ValueError):
            pass
        if until is not None and time.monotonic() > until:
            raise TimeoutError(f"{method} {path} was not answered")
        time.sleep(0.05)


def count_events(ports, cursor):
    """How many events there are behind a cursor, and the cursor behind them."""
    count = 0
    while True:
        _, page = call(ports, "GET", f"/v1/events?after={cursor}&limit=1000")
        count, cursor = count + len(page["events"]), page["nextCursor"]
        if not page["hasMore"]:
            return count, cursor


def till(number, ports, seconds, rate, sent):
    """Sends its part of the rate for so long, whatever happens meanwhile."""
    begun, count, calls = time.monotonic(), 0, 0
    while time.monotonic() < begun + seconds:
        wait = begun + count / rate - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        lines = [
            {"eventId": f"{number}/{count + place}", "type": "sale", "sku": f"S{(count + place) % SKUS}",
             "location": f"L{(number + 7 * (count + place)) % STORES}", "quantity": 1}
            for place in range(LINES_PER_CALL)]
        turn = ports[calls % 2:] + ports[:calls % 2]
        status, answer = call(turn, "POST", "/v1/movements", {"source": f"till-{number}", "lines": lines})
        if status != 200 or answer["summary"]["applied"] + answer["summary"]["duplicate"] \
                + answer["summary"]["appliedUncovered"] != LINES_PER_CALL:
            raise SystemExit(f"till {number}: {status} {answer}")
        count += LINES_PER_CALL
        calls += 1
    sent.put((number, count))


class Log:
    """What one follower got; `counts` counts its sales, and all of its events, for those who wait for them."""

    def __init__(self, counts):
        self.sales, self.all = counts
        self.ids = []
        self.lines = collections.Counter()
        self.versions = {}
        self.disorder = 0
        self.delays = []
        self.others = collections.Counter()

    def take(self, event):
        self.ids.append(event["id"])
        with self.all.get_lock():
            self.all.value += 1
        if event["type"] != "inventory.movement.recorded":
            self.others[event["type"]] += 1
            return
        data = event["data"]
        if data["type"] != "sale":
            return
        self.lines[data["source"] + " " + data["eventId"]] += 1
        with self.sales.get_lock():
            self.sales.value += 1
        balance = data["sku"], data["location"]
        if data["version"] <= self.versions.get(balance, 0):
            self.disorder += 1
        self.versions[balance] = data["version"]
        recorded = datetime.fromisoformat(data["recordedAt"].replace("Z", "+00:00"))
        self.delays.append((datetime.now(timezone.utc) - recorded).total_seconds())

    def report(self):
        return {"ids": self.ids, "lines": dict(self.lines), "disorder": self.disorder,
                "delays": sorted(self.delays), "others": dict(self.others)}


def follow_streams(ports, queries, after, results, done, counts):
    """Follows several streams, each on a thread of its own."""
    logs = {query: Log(counts) for query in queries}

    def follow(query, log):
        last, turn = after, 0
        while not done.is_set():
            turn += 1
            try:
                connection = http.client.HTTPConnection("127.0.0.1", ports[turn % len(ports)], timeout=20)
                connection.request("GET", f"/v1/event-stream?{query}", headers={"Last-Event-ID": last})
                answer = connection.getresponse()
                if answer.status != 200:
                    raise OSError(answer.status)
                identity, data = None, []
                while not done.is_set():
                    line = answer.readline()
                    if not line:
                        break
                    line = line.decode().rstrip("\r\n")
                    if line.startswith("id:"):
                        identity = line[3:].strip()
                    elif line.startswith("data:"):
                        data.append(line[5:].strip())
                    elif line == "":
                        if data and data[0].startswith('{"specversion"'):
                            log.take(json.loads("\n".join(data)))
                        if identity is not None:
                            last = identity
                        identity, data = None, []
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)

    threads = [threading.Thread(target=follow, args=item, daemon=True) for item in logs.items()]
    for thread in threads:
        thread.start()
    done.wait()
    time.sleep(1)
    results.put(("streams", {query: log.report() for query, log in logs.items()}))


def follow_pages(ports, after, results, done, counts):
    log, cursor, turn = Log(counts), after, 0
    while not done.is_set():
        turn += 1
        _, page = call(ports[turn % 2:] + ports[:turn % 2], "GET", f"/v1/events?after={cursor}&limit=1000")
        for event in page["events"]:
            log.take(event)
        cursor = page["nextCursor"]
        if not page["hasMore"]:
            time.sleep(0.02)
    results.put(("pages", log.report()))


def receive_webhook(port, results, done, counts):
    log, known = Log(counts), set()
    repeats = collections.Counter()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            # A message may come again; its id says so.
            if self.headers["webhook-id"] in known:
                repeats["messages"] += 1
            else:
                known.add(self.headers["webhook-id"])
                for event in body if isinstance(body, list) else [body]:
                    log.take(event)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    done.wait()
    time.sleep(1)
    results.put(("webhook", {**log.report(), "repeats": repeats["messages"]}))


def percentile(values, share):
    return values[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=float, default=500, help="lines a second, of all tills")
    parser.add_argument("--streams", type=int, default=10)
    parser.add_argument("--kills", type=int, default=1)
    options = parser.parse_args()
    database = Database()
    services = [Service(options.program, database.url, free_port()) for _ in range(2)]
    failures = []
    try:
        for service in services:
            service.start()
        ports = [service.port for service in services]
        for store in range(STORES):
            call(ports, "PUT", f"/v1/locations/L{store}", {"name": f"Store {store}"})
        for sku in range(SKUS):
            call(ports, "PUT", f"/v1/items/S{sku}", {"name": f"Item {sku}"})
        opening = [{"eventId": f"{sku}/{store}", "type": "receipt", "sku": f"S{sku}", "location": f"L{store}",
                    "quantity": 1_000_000} for sku in range(SKUS) for store in range(STORES)]
        call(ports, "POST", "/v1/movements", {"source": "opening", "lines": opening})
        _, page = call(ports, "GET", "/v1/events?limit=1")
        while page["hasMore"]:
            _, page = call(ports, "GET", f"/v1/events?limit=1000&after={page['nextCursor']}")
        after = page["nextCursor"]

        hook = free_port()
        status, answer = call(ports, "PUT", "/v1/webhooks/test", {
            "url": f"http://127.0.0.1:{hook}/hook", "batchSize": 100, "startAfter": after})
        if status not in (200, 201):
            sys.exit(f"no webhook: {answer}")
        results, sent = multiprocessing.Queue(), multiprocessing.Queue()
        done = multiprocessing.Event()
        movements = "types=inventory.movement.recorded"
        stores = [f"{movements}&location=L{store % STORES}" for store in range(options.streams - 1)]
        counts = [(multiprocessing.Value("q", 0), multiprocessing.Value("q", 0)) for _ in range(4)]
        followers = [
            multiprocessing.Process(target=follow_streams, args=(ports, stores, after, results, done, counts[0])),
            multiprocessing.Process(target=follow_streams, args=(ports, [""], after, results, done, counts[1])),
            multiprocessing.Process(target=follow_pages, args=(ports, after, results, done, counts[2])),
            multiprocessing.Process(target=receive_webhook, args=(hook, results, done, counts[3]))]
        tills = [multiprocessing.Process(
            target=till, args=(number, ports, options.seconds, options.rate / TILLS, sent)) for number in range(TILLS)]
        for process in followers + tills:
            process.start()
        for kill in range(options.kills):
            time.sleep(options.seconds / (options.kills + 1))
            service = services[kill % 2]
            service.kill()
            print(f"killed one of two processes ({kill + 1} of {options.kills})", flush=True)
            service.start()
        totals = dict(sent.get(timeout=options.seconds + PATIENCE_SECONDS) for _ in tills)
        wanted = {f"till-{number} {number}/{line}" for number, count in totals.items() for line in range(count)}
        print(f"{len(wanted)} lines sent, {len(wanted) / options.seconds:.0f} a second", flush=True)
        # A killed process keeps the lease of a webhook for half a minute.
        places = {query.split("location=")[1] for query in stores}
        due = [sum(store_of(line) in places for line in wanted)] + [len(wanted)] * 3
        late = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < late and any(sales.value < most for (sales, _), most in zip(counts, due)):
            time.sleep(0.2)
        # Those who follow everything get other events, too: until there are no new ones.
        more, cursor = count_events(ports, after)
        told = 0
        while more:
            told += more
            while time.monotonic() < late and any(events.value < told for _, events in counts[1:]):
                time.sleep(0.2)
            # What comes twice comes now.
            time.sleep(2)
            more, cursor = count_events(ports, cursor)
        done.set()
        got = {}
        for _ in followers:
            name, report = results.get(timeout=PATIENCE_SECONDS)
            got.update({("stream " + query): one for query, one in report.items()} if name == "streams"
                       else {name: report})
        check(got, wanted, failures)
    finally:
        for service in services:
            if service.process and service.process.poll() is None:
                service.stop()
        database.end()
    for failure in failures:
        print("FAILED:", failure)
    print("test-feed: " + ("failed" if failures else "every event came once, in order for each balance"))
    return 1 if failures else 0


def check(got, wanted, failures):
    everything = {}
    for name, log in sorted(got.items()):
        place = name.split("location=")[1] if "location=" in name else None
        mine = {line for line in wanted if place is None or store_of(line) == place}
        lost = mine - set(log["lines"])
        double = [line for line, count in log["lines"].items() if count > 1]
        if lost:
            failures.append(f"{name} did not get {len(lost)} of {len(mine)} lines, such as {sorted(lost)[:3]}")
        if double or len(set(log["ids"])) < len(log["ids"]):
            failures.append(f"{name} got {len(double)} lines twice")
        if log["disorder"]:
            failures.append(f"{name} got {log['disorder']} lines out of order")
        if place is None:
            everything[name] = set(log["ids"])
            print(f"{name}: {len(log['ids'])} events, {log['others']}"
                  + (f", {log['repeats']} messages came again" if "repeats" in log else "")
                  + f"; from commit p50 {percentile(log['delays'], .5) * 1000:.0f} ms,"
                    f" p99 {percentile(log['delays'], .99) * 1000:.0f} ms")
    delays = sorted(delay for name, log in got.items() if "location=" in name for delay in log["delays"])
    print(f"streams of one store: p50 {percentile(delays, .5) * 1000:.0f} ms, p99 {percentile(delays, .99) * 1000:.0f} ms")
    first = next(iter(everything.values()))
    for name, ids in everything.items():
        if ids != first:
            failures.append(f"{name} got other events than the rest: {sorted(ids ^ first)[:5]}")


def store_of(line):
    number, count = (int(part) for part in line.split(" ")[1].split("/"))
    return f"L{(number + 7 * count) % STORES}"


if __name__ == "__main__":
    sys.exit(main())
