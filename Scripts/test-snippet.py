#!/usr/bin/env python3
"""Opens the page of docs/storefront-snippet.md, as it is there, in Chromium: test-snippet.py HOLDFAST [--keep FOLDER].

A service that asks for keys serves it from one origin, the page comes from another. Checks what the page says while the last
units are sold, the service restarts and stock comes back, and that a page of a third origin sees nothing.
"""

import argparse
import functools
import http.server
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from selenium import webdriver
from selenium.webdriver.common.by import By

ROOT = pathlib.Path(__file__).resolve().parent.parent
START_SECONDS = 120
SHOWN_WITHIN_SECONDS = 30
SKU = "1082185"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """A `holdfast serve` of its own, ended by its own process id."""

    def __init__(self, holdfast, folder, origin):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")} | {
            "HOLDFAST_HTTP_PORT": str(self.port), "HOLDFAST_DATA_DIR": str(folder / "data"),
            "HOLDFAST_AUTH_MODE": "token", "HOLDFAST_AUTH_DEVELOPMENT": "on", "HOLDFAST_CORS_ORIGINS": origin,
            "HOLDFAST_LOG_LEVEL": "warning",
        }
        self.holdfast, self.log = holdfast, open(folder / "holdfast.log", "ab")
        self.start()
        self.token = self.command("token", "--client", "office", "--role", "operator")
        self.key = self.command("keys", "create", "--client", "web-page", "--scope", "availability:public")

    def command(self, *arguments):
        result = subprocess.run(
            [self.holdfast, *arguments], capture_output=True, text=True, env=self.environment, timeout=60)
        if result.returncode != 0:
            sys.exit(f"test-snippet: holdfast {arguments[0]} failed: {result.stderr}")
        return result.stdout.split()[-1] if arguments[0] == "token" else re.search(r"hfk_\w[\w-]+", result.stdout)[0]

    def start(self):
        self.process = subprocess.Popen(
            [self.holdfast, "serve"], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=self.environment)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with urllib.request.urlopen(self.url + "/health/ready", timeout=5):
                    return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"test-snippet: the service did not start; its log is {self.log.name}")
                time.sleep(0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait(60)

    def send(self, method, path, body):
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), method=method,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def move(self, event, kind, quantity):
        answer = self.send("POST", "/v1/movements", {"source": "till", "lines": [{
            "eventId": event, "type": kind, "sku": SKU, "location": "367", "quantity": quantity,
            "occurredAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}]})
        if answer["results"][0]["verdict"] != "applied":
            sys.exit(f"test-snippet: {answer}")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve_pages(folder):
    """The shop's own web server, on a port, and so an origin, of its own."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def page(service):
    """The snippet with the three values that it asks for, in a page around it."""
    text = (ROOT / "docs" / "storefront-snippet.md").read_text(encoding="utf-8")
    snippet = re.search(r"^```html\n(.*?)^```$", text, re.M | re.S)[1]
    for name, value in (("service", service.url), ("key", service.key), ("sku", SKU)):
        snippet, count = re.subn(rf'data-{name}="[^"]*"', f'data-{name}="{value}"', snippet)
        if count != 1:
            sys.exit(f"test-snippet: the snippet has {count} data-{name}")
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Mug, blue</title>'
        f'<body style="font: 20px sans-serif"><h1>Mug, blue</h1>{snippet}</body></html>')


def browser():
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=600,300"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("holdfast")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for screenshots")
    arguments = parser.parse_args()
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="holdfast-snippet-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        pages = folder / "pages"
        pages.mkdir()
        shop, stranger = serve_pages(pages), serve_pages(pages)
        service = Service(str(pathlib.Path(arguments.holdfast).resolve()), folder, f"http://127.0.0.1:{shop.server_port}")
        chromium = None
        try:
            service.send("PUT", f"/v1/items/{SKU}", {"name": "Mug, blue"})
            service.send("PUT", "/v1/locations/367", {"name": "Main Street"})
            service.send("PUT", "/v1/thresholds/all", {"scope": {}, "quantity": 3})
            service.move("1", "receipt", 10)
            (pages / "index.html").write_text(page(service), encoding="utf-8")
            chromium = browser()

            def expect(words, what):
                deadline, started = time.monotonic() + SHOWN_WITHIN_SECONDS, time.monotonic()
                while (shown := chromium.find_element(By.ID, "stock").text) != words:
                    if time.monotonic() > deadline:
                        sys.exit(f"test-snippet: {what}: the page says '{shown}' and not '{words}'; "
                                 f"{chromium.get_log('browser')}")
                    time.sleep(0.02)
                print(f"{what}: '{words}' after {(time.monotonic() - started) * 1000:.0f} ms", flush=True)
                if arguments.keep:
                    chromium.save_screenshot(str(arguments.keep / f"{what.replace(' ', '-')}.png"))

            chromium.get(f"http://127.0.0.1:{shop.server_port}/index.html")
            expect("In stock", "opened")
            service.move("2", "sale", 8)
            expect("Only a few left", "eight sold")
            service.move("3", "sale", 2)
            expect("Sold out", "the last sold")
            service.stop()
            service.start()
            service.move("4", "receipt", 20)
            expect("In stock", "back after a restart")

            chromium.get(f"http://127.0.0.1:{stranger.server_port}/index.html")
            time.sleep(2)
            if shown := chromium.find_element(By.ID, "stock").text:
                sys.exit(f"test-snippet: a page of another origin says '{shown}'")
            print("a page of another origin sees nothing")
        finally:
            if chromium:
                chromium.quit()
            service.stop()


main()
