"""A holdfast of its own, and a line to it that can be cut."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
START_SECONDS = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """A `holdfast serve` that asks for tokens, ended by its own process id."""

    def __init__(self, holdfast, folder, environment=None):
        self.holdfast, self.folder, self.port, self.shop_port = holdfast, folder, free_port(), free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        # Another origin, as the pages of a web shop are.
        self.shop_origin = f"http://localhost:{self.shop_port}"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")} | {
            "HOLDFAST_HTTP_PORT": str(self.port), "HOLDFAST_DATA_DIR": str(folder / "data"), "HOLDFAST_AUTH_MODE": "token",
            "HOLDFAST_AUTH_DEVELOPMENT": "on", "HOLDFAST_CORS_ORIGINS": self.shop_origin, "HOLDFAST_LOG_LEVEL": "warning",
            "HOLDFAST_STOREFRONT_MAX_AGE_SECONDS": "0",
        } | (environment or {})

    def __enter__(self):
        with open(self.folder / "holdfast.log", "ab") as log:
            self.process = subprocess.Popen(
                [self.holdfast, "serve"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment, cwd=ROOT)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with urllib.request.urlopen(self.address + "/health/ready", timeout=5):
                    break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"test-pages: the service did not start: {(self.folder / 'holdfast.log').read_text()}")
                time.sleep(0.1)
        self.token = self.token_of("operator", "office")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)

    def command(self, *arguments):
        result = subprocess.run([self.holdfast, *arguments], capture_output=True, text=True, env=self.environment, timeout=60)
        if result.returncode != 0:
            sys.exit(f"test-pages: holdfast {arguments[0]} failed: {result.stderr}")
        return result.stdout

    def token_of(self, role, client, *more):
        return self.command("token", "--client", client, "--role", role, *more).split()[-1]

    def api(self, method, path, body=None, headers=None):
        """The parsed answer, with an operator's rights."""
        request = urllib.request.Request(
            self.address + path, None if body is None else json.dumps(body).encode(), method=method,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"} | (headers or {}))
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                text = response.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.status} {error.read().decode()}") from None


class Line:
    """A line from a port of its own to the service. While it is cut, connections break and no new one is answered."""

    def __init__(self, address):
        self.upstream, self.is_up, self.open = int(address.rsplit(":", 1)[1]), True, set()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        self.is_up = False
        for one in list(self.open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def mend(self):
        self.is_up = True

    def close(self):
        self.cut()
        self.server.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            if not self.is_up:
                client.close()
                continue
            try:
                upstream = socket.create_connection(("127.0.0.1", self.upstream))
            except OSError:
                client.close()
                continue
            self.open |= {client, upstream}
            for source, target in ((client, upstream), (upstream, client)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source, target):
        with contextlib.suppress(OSError):
            while part := source.recv(65_536):
                target.sendall(part)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            self.open.discard(one)


@contextlib.contextmanager
def serve_from_disk(service):
    port = free_port()
    process = subprocess.Popen([sys.executable, ROOT / "Scripts" / "serve-pages.py", str(port), service.address], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
