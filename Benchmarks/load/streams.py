#!/usr/bin/env python3
"""Reads many event streams at once, and says how long after its commit each movement arrived.

    streams.py URL SECONDS QUERY...

Prints `open` once all streams are, and at the end one line of JSON: for each stream its movements, and of all together the
milliseconds from `recordedAt` to their arrival, sorted. Both are by the clock of one machine. A stream that ends, since it was
too slow, goes on where it was; `ended` counts them.
"""

import json
import resource
import selectors
import socket
import sys
import time
import urllib.parse

# What an event of ours begins with, behind its id; and how its time stands in its data. They are looked for as bytes: regular
# expressions over all that 51 streams say took a third of a core, on the machine that is measured.
MOVEMENT = b"\nevent: inventory.movement.recorded\n"
RECORDED = b'"recordedAt":"'
DAY = 86_400


class Stream:
    def __init__(self, url, query):
        self.url, self.query, self.ids, self.is_open = url, query, set(), False
        self.twice, self.last_id = 0, b""
        self.connect()

    def connect(self):
        """Begins, or goes on where it was."""
        address = urllib.parse.urlsplit(self.url)
        resume = f"Last-Event-ID: {self.last_id.decode()}\r\n" if self.last_id else ""
        self.rest = b""
        self.socket = socket.create_connection((address.hostname, address.port), 30)
        self.socket.sendall(
            f"GET /v1/event-stream{self.query} HTTP/1.1\r\nHost: {address.netloc}\r\n{resume}\r\n".encode())
        self.socket.setblocking(False)

    def take(self, times):
        """Reads what is there; False once the stream has ended, as a slow one does."""
        try:
            piece = self.socket.recv(1 << 20)
        except BlockingIOError:
            return True
        if not piece:
            return False
        now = time.time() % DAY
        # Chunks' sizes stand on lines of their own between messages, so they split no line of a message that is whole.
        text = self.rest + piece
        end = text.rfind(b"\n\n") + 2
        if end == 1:
            self.rest = text
            return True
        whole, self.rest = text[:end], text[end:]
        self.is_open = True
        named = whole.rfind(b"\nid: ") + 1
        if named or whole.startswith(b"id: "):
            self.last_id = whole[named + 4:whole.index(b"\n", named)]
        at = whole.find(MOVEMENT)
        while at >= 0:
            # The id stands on the line before.
            found = whole[whole.rfind(b"\n", 0, at) + 1:at]
            self.twice += found in self.ids
            self.ids.add(found)
            time_at = whole.index(RECORDED, at) + len(RECORDED) + len("2026-01-31T")
            committed = (
                int(whole[time_at:time_at + 2]) * 3_600 + int(whole[time_at + 3:time_at + 5]) * 60
                + float(whole[time_at + 6:whole.index(b"Z", time_at)]))
            times.append(((now - committed + DAY / 2) % DAY - DAY / 2) * 1_000)
            at = whole.find(MOVEMENT, time_at)
        return True


def main():
    url, seconds, queries = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    streams = [Stream(url, query) for query in queries]
    selector = selectors.DefaultSelector()
    for stream in streams:
        selector.register(stream.socket, selectors.EVENT_READ, stream)
    times, ended, is_said, deadline = [], 0, False, time.monotonic() + 60
    while time.monotonic() < deadline:
        for key, _ in selector.select(0.2):
            if not key.data.take(times):
                selector.unregister(key.fileobj)
                key.fileobj.close()
                ended += 1
                key.data.connect()
                selector.register(key.data.socket, selectors.EVENT_READ, key.data)
        if not is_said and all(stream.is_open for stream in streams):
            is_said, deadline = True, time.monotonic() + seconds
            print("open", flush=True)
    print(json.dumps({
        "ended": ended, "times": sorted(times), "twice": sum(stream.twice for stream in streams),
        "movements": {stream.query: len(stream.ids) for stream in streams},
    }))


main()
