#!/usr/bin/env python3
"""Sends a snapshot of 100 MB to a serving Holdfast, kills that twice with SIGKILL on the way, starts it again, and compares
every balance with the file. Prints the most memory that each process had."""

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

BYTES_MIN = 100_000_000
MEGABYTES_MAX = 250
ITEMS = 10_000


def quantity(item, location):
    return (item * 31 + location * 17) % 97


def write_files(folder, bytes_min):
    """An export as warehouse systems make it, with columns that nobody asked for."""
    path, locations = os.path.join(folder, "snapshot.csv"), 0
    with open(path, "w", encoding="utf-8") as file:
        file.write("sku,location,quantity,asOf,description,unit,planner\n")
        while file.tell() < bytes_min:
            for item in range(ITEMS):
                file.write(f"S{item:07},L{locations:04},{quantity(item, locations)},2026-01-10T20:00:00Z,"
                           f"Article number {item:07} as the warehouse knows it,each,planner-{item % 40:02}\n")
            locations += 1
    for name, column, letter, width, count in (("items", "sku", "S", 7, ITEMS), ("locations", "id", "L", 4, locations)):
        with open(os.path.join(folder, name + ".csv"), "w", encoding="utf-8") as file:
            file.write(f"{column},name\n")
            file.writelines(f"{letter}{number:0{width}},{name} {number}\n" for number in range(count))
    return path, locations


class Server:
    def __init__(self, program, folder):
        environment = dict(os.environ, HOLDFAST_DATA_DIR=folder + "/data", HOLDFAST_HTTP_PORT="0",
                           HOLDFAST_LOG_LEVEL="warning")
        self.process = subprocess.Popen([program, "serve"], stdout=subprocess.PIPE, env=environment, text=True)
        self.base = self.process.stdout.readline().split()[-1]
        while True:
            try:
                self.get("/health/ready")
                return
            except OSError:
                time.sleep(0.1)

    def get(self, path, **query):
        with urllib.request.urlopen(f"{self.base}{path}?{urllib.parse.urlencode(query)}") as answer:
            return json.loads(answer.read() or b"null")

    def send(self, path, query):
        host = urllib.parse.urlparse(self.base).netloc
        connection = http.client.HTTPConnection(host)
        with open(path, "rb") as file:
            headers = {"Content-Type": "text/csv", "Content-Length": str(os.path.getsize(path))}
            connection.request("POST", f"/v1/imports?{query}", body=file, headers=headers)
            answer = connection.getresponse()
            body = json.loads(answer.read())
        assert answer.status == 202, body
        return body["id"]

    def wait(self, job, until):
        while True:
            state = self.get(f"/v1/imports/{job}")
            if until(state):
                return state
            assert state["state"] not in ("failed", "done"), state
            time.sleep(0.2)

    @property
    def megabytes(self):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))

    def end(self, how):
        megabytes = self.megabytes
        self.process.send_signal(how)
        self.process.wait()
        return megabytes


def is_done(state):
    return state["state"] == "done"


def main(program, bytes_min):
    with tempfile.TemporaryDirectory() as folder:
        # PostgreSQL runs as a user of its own when this is root's folder.
        os.chmod(folder, 0o755)
        path, locations = write_files(folder, bytes_min)
        rows = ITEMS * locations
        print(f"{os.path.getsize(path):,} bytes, {rows:,} rows: {ITEMS:,} items at {locations} locations")
        server = Server(program, folder)
        peaks = []
        try:
            for name in ("items", "locations"):
                server.wait(server.send(os.path.join(folder, name + ".csv"), f"kind={name}"), is_done)
            started = time.monotonic()
            job = server.send(path, "kind=snapshots&source=wms&name=snapshot.csv")
            print(f"received in {time.monotonic() - started:.1f} s")
            started = time.monotonic()
            for share in (0.3, 0.6):
                state = server.wait(job, lambda state: state["recordsDone"] > share * rows)
                peaks.append(server.end(signal.SIGKILL))
                print(f"killed at {state['recordsDone']:,} of {rows:,} records, {time.monotonic() - started:.0f} s")
                server = Server(program, folder)
            state = server.wait(job, is_done)
            seconds = time.monotonic() - started
            counts = {name: count for name, count in state["counts"].items() if count}
            print(f"done after {seconds:.0f} s, {rows / seconds:,.0f} rows/s: {counts}")
            different = 0
            for location in range(locations):
                cursor, found = {}, {}
                while cursor is not None:
                    body = server.get(f"/v1/locations/L{location:04}/availability", limit=1000, **cursor)
                    found |= {row["sku"]: row["onHand"] for row in body["availability"]}
                    cursor = {"cursor": body["nextCursor"]} if body["nextCursor"] else None
                wanted = {f"S{item:07}": quantity(item, location) for item in range(ITEMS)}
                different += sum(found.get(sku) != units for sku, units in wanted.items())
                different += len(found.keys() - wanted.keys())
        finally:
            peaks.append(server.end(signal.SIGTERM))
        print(f"peak memory of the processes: {', '.join(map(str, peaks))} MB, {MEGABYTES_MAX} allowed")
        print("EQUAL" if not different else f"{different:,} balances DIFFER")
        return 0 if not different and max(peaks) <= MEGABYTES_MAX else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else BYTES_MIN))
