#!/usr/bin/env python3
"""Tries webhooks with receivers that are not ours: test-webhooks.py PROGRAM, in the environment of `make test-webhooks`.

Deliveries are verified with the package `standardwebhooks`, events are read with `cloudevents`. Signatures, batches, order,
repeats, two secrets, an endpoint that fails, a service that is killed in the middle, addresses that are not allowed, and every
command of docs/webhooks.md.
"""
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

ROOT = Path(__file__).resolve().parent.parent
STARTED_WITHIN, ARRIVES_WITHIN = 60, 90
LINES, LINES_PER_REQUEST, ITEMS = 600, 30, 12
MOVEMENT = "inventory.movement.recorded"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: {found} where {wanted} was expected")
    print(f"  {what}: {found}")


class Receiver:
    """Takes deliveries on several paths, each with secrets of its own, and keeps the events of each in order."""

    def __init__(self, port=None):
        self.secrets, self.events, self.messages, self.wrong = {}, {}, {}, []
        # How many of the deliveries that come next each path refuses with 503.
        self.failing = {}
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.take(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port or 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def take(self, path, headers, body):
        with self.lock:
            if self.failing.get(path, 0) > 0:
                self.failing[path] -= 1
                return 503
            for secret in self.secrets.get(path, []):
                try:
                    Webhook(secret).verify(body, headers)
                except WebhookVerificationError as error:
                    self.wrong.append(f"{path}: {error}")
                    return 400
            batched = headers["content-type"] == "application/cloudevents-batch+json"
            parts = [json.dumps(part).encode() for part in json.loads(body)] if batched else [body]
            known = self.messages.setdefault(path, {})
            events = []
            for part in parts:
                event = from_http_event(HTTPMessage(headers={"content-type": "application/cloudevents+json"}, body=part))
                if event.get_specversion() != "1.0" or not event.get_source():
                    self.wrong.append(f"{path}: {part[:200]}")
                events.append(event)
            # The same id is the same events, however often it comes.
            ids = [event.get_id() for event in events]
            if known.setdefault(headers["webhook-id"], ids) != ids:
                self.wrong.append(f"{path}: {headers['webhook-id']} has {ids} and had {known[headers['webhook-id']]}")
            self.events.setdefault(path, []).extend(events)
            return 204

    def distinct(self, path):
        """Events in the order in which each came first."""
        with self.lock:
            return list({event.get_id(): event for event in self.events.get(path, [])}.values())

    def wait(self, path, count, wanted=lambda event: event.get_type() == MOVEMENT):
        end = time.monotonic() + ARRIVES_WITHIN
        while len(found := [event for event in self.distinct(path) if wanted(event)]) < count:
            if time.monotonic() > end:
                sys.exit(f"{path}: {len(found)} of {count} events came; {self.wrong[:3]}")
            time.sleep(0.05)
        return found


def in_order(events):
    last = {}
    for event in events:
        data = event.get_data()
        key = (data["sku"], data["location"])
        if last.get(key, 0) >= data["sequence"]:
            return f"{key}: {data['sequence']} after {last[key]}"
        last[key] = data["sequence"]
    return "each item in order"


class Service:
    def __init__(self, program, folder, **settings):
        self.program, self.port = program, free_port()
        self.environment = dict(os.environ, HOLDFAST_DATA_DIR=folder, HOLDFAST_HTTP_PORT=str(self.port),
                                HOLDFAST_LOG_LEVEL="error", **settings)

    def start(self):
        self.process = subprocess.Popen([self.program, "serve"], env=self.environment, stdout=subprocess.DEVNULL)
        end = time.monotonic() + STARTED_WITHIN
        while self.call("GET", "/health/ready")[0] != 200:
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit("the service did not start")
            time.sleep(0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if content[:1] == b"{" else None
        except OSError as error:
            return type(error).__name__, None
        finally:
            connection.close()

    def ok(self, method, path, body=None):
        status, answer = self.call(method, path, body)
        if status not in (200, 201, 204):
            sys.exit(f"{method} {path}: {status} {answer}")
        return answer

    def sell(self, name, count=LINES):
        """Lines of sales in requests; sent again where the service is not there, as the contract asks."""
        for first in range(0, count, LINES_PER_REQUEST):
            lines = [{"eventId": f"{name}-{number}", "type": "sale", "sku": f"sku-{number % ITEMS}",
                      "location": str(number % 2), "quantity": 1} for number in range(first, first + LINES_PER_REQUEST)]
            end = time.monotonic() + STARTED_WITHIN
            while self.call("POST", "/v1/movements", {"source": "till", "lines": lines})[0] != 200:
                if time.monotonic() > end:
                    sys.exit("lines were not taken")
                time.sleep(0.1)


def hook(service, receiver, name, **more):
    path = f"/{name}"
    made = service.ok("PUT", f"/v1/webhooks/{name}", {"url": receiver.url(path), "types": [MOVEMENT], **more})
    receiver.secrets[path] = [made["secret"]]
    return path


def deliveries(program, folder, receiver):
    service = Service(program, folder, HOLDFAST_WEBHOOK_ALLOW_PRIVATE="on")
    service.start()
    try:
        for location in ("0", "1"):
            service.ok("PUT", f"/v1/locations/{location}", {"name": location})
        for number in range(ITEMS):
            service.ok("PUT", f"/v1/items/sku-{number}", {"name": str(number)})
        print("deliveries, verified with standardwebhooks and cloudevents:")
        one, many = hook(service, receiver, "one"), hook(service, receiver, "many", batchSize=100)
        for name in ("one", "many"):
            pinged = service.ok("POST", f"/v1/webhooks/{name}/ping", {})
            expect(f"a ping to '{name}'", (pinged["delivered"], pinged["status"]), (True, 204))
        service.sell("first")
        for path in (one, many):
            found = receiver.wait(path, LINES)
            expect(f"{path} has", (len(found), in_order(found)), (LINES, "each item in order"))
            expect(f"{path} had nothing twice", len(receiver.events[path]), LINES + 1)
        print(f"  {path}: {LINES} events in {len(receiver.messages[path]) - 1} messages")

        print("two secrets:")
        old = receiver.secrets[one][0]
        new = service.ok("POST", "/v1/webhooks/one/secrets", {"overlapSeconds": 3600})["secret"]
        # A receiver that knows either of them is satisfied: each delivery is verified with both.
        time.sleep(6)
        receiver.secrets[one] = [old, new]
        service.sell("second")
        receiver.wait(one, 2 * LINES)
        service.ok("POST", "/v1/webhooks/one/secrets", {"overlapSeconds": 0})
        expect("refused deliveries", receiver.wrong, [])
        time.sleep(6)
        service.sell("third", LINES_PER_REQUEST)
        end = time.monotonic() + ARRIVES_WITHIN
        while not receiver.wrong and time.monotonic() < end:
            time.sleep(0.1)
        expect("what is signed with a third secret alone is refused", "No matching signature" in str(receiver.wrong), True)
        service.ok("DELETE", "/v1/webhooks/one")
        # One that is under way may still arrive, however late; nobody looks at its signature.
        with receiver.lock:
            receiver.secrets[one] = []
            receiver.wrong.clear()
        receiver.wait(many, 2 * LINES + LINES_PER_REQUEST)

        print("an endpoint that fails, and a service that is killed:")
        before = 2 * LINES + LINES_PER_REQUEST
        receiver.failing[many] = 3
        killed = 0
        selling = threading.Thread(target=service.sell, args=("fourth",))
        selling.start()
        for _ in range(3):
            time.sleep(1)
            service.kill()
            killed += 1
            service.start()
        selling.join()
        found = receiver.wait(many, before + LINES)
        expect(f"after {killed} kills and three failures", (len(found), in_order(found)),
               (before + LINES, "each item in order"))
        print(f"  messages that came twice: {repeats(receiver, many)} events")
        expect("wrong deliveries", receiver.wrong, [])
        log = service.ok("GET", "/v1/webhooks/many/deliveries?limit=1000")["deliveries"]
        expect("failures in the log", any(entry["status"] == 503 for entry in log), True)

        print("a replay:")
        # A delivery is written down a moment after it was answered; one that is not yet would come again besides the replay.
        last = max(place(event.get_id()) for event in found)
        end = time.monotonic() + ARRIVES_WITHIN
        while place(service.ok("GET", "/v1/webhooks/many")["delivery"]["cursor"]) < last:
            if time.monotonic() > end:
                sys.exit(f"nobody wrote down that {last} was delivered")
            time.sleep(0.1)
        count = len(receiver.events[many])
        service.ok("POST", "/v1/webhooks/many/replay", {"after": "0"})
        end = time.monotonic() + ARRIVES_WITHIN
        while len(receiver.events[many]) < count + before + LINES and time.monotonic() < end:
            time.sleep(0.1)
        expect("events sent again", len(receiver.events[many]) - count, before + LINES)
        expect("wrong deliveries", receiver.wrong, [])
        service.ok("DELETE", "/v1/webhooks/many")
    finally:
        service.stop()


def place(cursor):
    """`41-7` as numbers that compare; `41` is behind all of 41."""
    position, _, ordinal = cursor.partition("-")
    return int(position), int(ordinal) if ordinal else float("inf")


def repeats(receiver, path):
    return len(receiver.events[path]) - len(receiver.distinct(path))


def addresses(program, folder):
    service = Service(program, folder)
    service.start()
    try:
        print("addresses that are not allowed:")
        for url in ("http://shop.example.com/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1/",
                    "https://169.254.169.254/latest/meta-data/", "https://[::ffff:192.168.0.1]/"):
            expect(url, service.call("PUT", "/v1/webhooks/inside", {"url": url})[0], 400)
        for url in ("https://localhost/", "https://127.1/", "https://2130706433/"):
            expect(url, service.call("PUT", "/v1/webhooks/inside", {"url": url})[0] in (200, 201), True)
            pinged = service.ok("POST", "/v1/webhooks/inside/ping", {})
            expect("  and nothing is sent", (pinged["delivered"], pinged["status"]), (False, None))
    finally:
        service.stop()


def page(program, folder):
    """The commands of docs/webhooks.md, with ports that are free here."""
    service = Service(program, folder, HOLDFAST_WEBHOOK_ALLOW_PRIVATE="on")
    receiver = Receiver()
    text = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    blocks = re.findall(r"(?:^    .*\n)+", text, re.MULTILINE)
    commands = [block for block in blocks if "curl" in block]
    script = "set -e\n" + "\n".join(
        re.sub(r"^    ", "", block, flags=re.MULTILINE).replace("curl ", "curl -sS --fail-with-body ")
        for block in commands)
    script = script.replace(":8126", f":{service.port}").replace(":9126", f":{receiver.port}")
    service.start()
    try:
        print("the commands of docs/webhooks.md:")
        ran = subprocess.run(["bash", "-c", script], text=True, capture_output=True)
        if ran.returncode:
            sys.exit(f"a command failed: {ran.stdout[-500:]} {ran.stderr}")
        print(f"  {script.count('curl ')} commands, none failed")
    finally:
        service.stop()


def main():
    program = os.path.abspath(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="holdfast-webhooks-")
    # Started by root, PostgreSQL runs as somebody else.
    os.chmod(folder, 0o755)
    try:
        deliveries(program, os.path.join(folder, "a"), Receiver())
        addresses(program, os.path.join(folder, "a"))
        page(program, os.path.join(folder, "b"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("test-webhooks: all as it should be")


main()
