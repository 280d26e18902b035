#!/usr/bin/env python3
"""Serves the folder Pages from disk as the program serves it, and hands everything else on to a running holdfast.

    Scripts/serve-pages.py PORT UPSTREAM        such as 8090 http://127.0.0.1:8080

For whoever works on the pages: a change is there at the next reload, without a build. On loopback only.
"""

import http.client
import http.server
import json
import mimetypes
import pathlib
import re
import sys
import urllib.parse

PAGES = pathlib.Path(__file__).resolve().parent.parent / "Pages"
SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
PASSED_ON = {"connection", "transfer-encoding", "content-length", "keep-alive"}
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/manifest+json", ".webmanifest")


def page(path):
    """The file that the program shows at a path; None where the path is not a page's."""
    if path in ("/", "/signin"):
        return "index.html" if path == "/" else "signin.html"
    if re.fullmatch(r"/store(/[^/]+)?/?", path):
        return "store.html"
    if path == "/console" or path.startswith("/console/"):
        return "console.html"
    return {"/worker.js": "worker.js", "/widget.js": "widget.js"}.get(path)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self):
        path = urllib.parse.urlsplit(self.path).path
        if path == "/assets/dev/files.json":
            names = sorted(str(file.relative_to(PAGES)) for file in PAGES.rglob("*") if file.is_file())
            return self.give(json.dumps(names).encode(), "application/json")
        name = page(path) or (path.removeprefix("/assets/dev/") if path.startswith("/assets/dev/") else None)
        if name is None:
            return self.hand_on()
        file = (PAGES / urllib.parse.unquote(name)).resolve()
        if not file.is_relative_to(PAGES) or not file.is_file():
            return self.give(b"not found", "text/plain", 404)
        self.give(file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream")

    def give(self, content, kind, status=200):
        self.send_response(status)
        self.send_header("Content-Type", kind if kind.startswith(("image/", "application/json")) else f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", SECURITY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def hand_on(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        headers = {name: value for name, value in self.headers.items() if name.lower() not in PASSED_ON | {"host"}}
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=60)
        try:
            upstream.request(self.command, self.path, body, headers)
            answer = upstream.getresponse()
        except OSError:
            return self.give(b'{"title":"the service cannot be reached","status":502}', "application/problem+json", 502)
        try:
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in PASSED_ON:
                    self.send_header(name, value)
            # Without a length it ends with the connection, as a stream does.
            self.send_header("Connection", "close")
            self.close_connection = True
            self.end_headers()
            while self.command != "HEAD" and (part := answer.read1(65_536)):
                self.wfile.write(part)
                self.wfile.flush()
        except OSError:
            pass
        finally:
            upstream.close()

    do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = answer


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    server.daemon_threads = True
    server.upstream = urllib.parse.urlsplit(sys.argv[2]).netloc
    print(f"pages: http://127.0.0.1:{sys.argv[1]}/ before {sys.argv[2]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


main()
