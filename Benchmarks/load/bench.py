#!/usr/bin/env python3
"""Measures the service beside raw SQL on the same server in the same minutes, and prints the ratios.

    bench.py [--row NAME]... [--quick]

Results go to bench-results/, one JSON file a run. Figures that are no ratios tell of this machine only.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys

import rows
import stack

RESULTS = stack.ROOT / "bench-results"
MEMORY_UNDER_LOAD_MB = 200
MEMORY_AT_5M_MB = 250


class Bench:
    """What every row needs: the cluster, one server at a time, and how long to measure."""

    def __init__(self, cluster, quick, data):
        self.cluster = cluster
        self.data = data
        self.quick = quick
        self.rounds = 1 if quick else 3
        self.seconds = 4 if quick else 6
        self.warm_up = 3 if quick else 6
        self._server = None
        self._database = None

    def server(self, database):
        """The server of this database; another one's is stopped, since they share the machine."""
        if self._database != database:
            self.stop_servers()
            self._server = self.cluster.serve(database)
            self._database = database
        return self._server

    def stop_servers(self):
        if self._server:
            self._server.stop()
        self._server = self._database = None

    def forget(self, database):
        self.stop_servers()
        self.cluster.drop(database)

    def network(self):
        """400 locations, 557,000 balances, 25,000 skus, and one store that has every item."""
        database = self.cluster.seeded("network", rows.STORE_ITEMS, 400, 5.57)
        if not self.cluster.sql("select 1 from location where id = 'big'", database):
            self.cluster.sql((stack.HERE / "big-store.sql").read_text(), database)
        return self.ruled(database)

    def ruled(self, database):
        """The database with stock held back, and with holds."""
        if not self.cluster.sql("select 1 from stock_rule where id = 'all'", database):
            self.cluster.sql((stack.HERE / "rules.sql").read_text(), database)
        return database


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def line(name, result):
    what, _, (measure, holds, bar) = rows.ROWS[name]
    shown = f"{result['ratio']:.2f} ×" if measure == "ratio" else f"{number(result['service'])} {result['unit']}"
    beside = f"{number(result['service'])} / {number(result['baseline'])}" if "baseline" in result else ""
    return f"{what:<56} {shown:>14} {bar:>12} {'yes' if holds(result) else 'NO':>4}  {beside}"


def memory_lines(results):
    peaks = {name: result["peakMB"] for name, result in results.items() if "peakMB" in result and name != "growth"}
    if peaks:
        name = max(peaks, key=peaks.get)
        yield "memory under load, the largest", peaks[name], MEMORY_UNDER_LOAD_MB, name
    if "peakAtLargest" in results.get("growth", {}):
        yield "memory at the largest size", results["growth"]["peakAtLargest"], MEMORY_AT_5M_MB, "growth"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--row", action="append", choices=rows.ROWS, help="only this one; may be given several times")
    parser.add_argument("--quick", action="store_true", help="one short run of each, to see that all works")
    parser.add_argument("--data", help="a folder with the real positions that the row `near` looks among")
    arguments = parser.parse_args()
    wanted = arguments.row or list(rows.ROWS)
    started = datetime.datetime.now(datetime.timezone.utc)
    cluster = stack.Cluster()
    bench = Bench(cluster, arguments.quick, arguments.data)
    results = {}
    try:
        for name in wanted:
            print(f"measuring: {rows.ROWS[name][0]} …", file=sys.stderr, flush=True)
            results[name] = rows.ROWS[name][1](bench)
            print("  " + line(name, results[name]), file=sys.stderr, flush=True)
    finally:
        bench.stop_servers()
        cluster.stop()

    print(f"\n{'work':<56} {'measured':>14} {'bar':>12} {'met':>4}  service / raw SQL")
    for name in wanted:
        print(line(name, results[name]))
    for what, value, bar, where in memory_lines(results):
        print(f"{what:<56} {number(value) + ' MB':>14} {f'< {bar} MB':>12} {'yes' if value < bar else 'NO':>4}  ({where})")
    RESULTS.mkdir(exist_ok=True)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=stack.ROOT)
    path = RESULTS / f"{started:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps({
        "startedAt": started.isoformat(), "commit": commit.stdout.strip(), "quick": arguments.quick,
        "cores": os.cpu_count(), "machine": platform.machine(), "rows": results,
    }, indent=2, ensure_ascii=False) + "\n")
    print(f"\nwritten to {path.relative_to(stack.ROOT)}")


main()
