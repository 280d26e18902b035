#!/usr/bin/env python3
"""Measures the service beside raw SQL on the same server in the same minutes, and prints the ratios.

    bench.py [--row NAME]... [--quick] [--compare FILE] [--peer]
    bench.py compare OLD NEW

Results go to bench-results/, one JSON file a run, written anew after each row. A row that fails is told, and the others are
measured all the same; the run then ends with 1. Figures that are no ratios tell of this machine only, so runs are compared
by ratios wherever a row has one.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys

import peer
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


class Results:
    """The file of one run, which is complete after each row."""

    def __init__(self, quick):
        started = datetime.datetime.now(datetime.timezone.utc)
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=stack.ROOT)
        self.path = RESULTS / f"{started:%Y%m%dT%H%M%SZ}.json"
        self.rows, self.failed = {}, {}
        self.head = {
            "startedAt": started.isoformat(), "commit": commit.stdout.strip(), "quick": quick, "cores": os.cpu_count(),
            "machine": platform.machine()}

    def write(self):
        RESULTS.mkdir(exist_ok=True)
        self.path.write_text(json.dumps(
            self.head | {"rows": self.rows, "failed": self.failed}, indent=2, ensure_ascii=False) + "\n")


def measure(bench, wanted, results):
    for name in wanted:
        print(f"measuring: {rows.ROWS[name][0]} …", file=sys.stderr, flush=True)
        try:
            results.rows[name] = rows.ROWS[name][1](bench)
            print("  " + line(name, results.rows[name]), file=sys.stderr, flush=True)
        except (Exception, SystemExit) as error:
            results.failed[name] = f"{type(error).__name__}: {error}"
            print(f"  failed: {results.failed[name]}", file=sys.stderr, flush=True)
            # What it left behind must not be measured with the next row.
            bench.stop_servers()
        results.write()


def show(wanted, results):
    print(f"\n{'work':<56} {'measured':>14} {'bar':>12} {'met':>4}  service / raw SQL")
    for name in wanted:
        if name in results.rows:
            print(line(name, results.rows[name]))
        else:
            print(f"{rows.ROWS[name][0]:<56} {'failed':>14}  {results.failed[name][:100]}")
    for what, value, bar, where in memory_lines(results.rows):
        print(f"{what:<56} {number(value) + ' MB':>14} {f'< {bar} MB':>12} {'yes' if value < bar else 'NO':>4}  ({where})")


def compare(old, new):
    """Rows of two runs beside each other: how many times better the second is, by ratios to raw SQL where there are any."""
    print(f"{old['commit']} → {new['commit']}{'  (quick runs tell little)' if old['quick'] or new['quick'] else ''}")
    print(f"{'work':<56} {'before':>12} {'after':>12} {'better':>9}")
    for name, (what, _, (measure, _, _)) in rows.ROWS.items():
        before, after = old["rows"].get(name), new["rows"].get(name)
        if not before or not after:
            continue
        key = "ratio" if measure == "ratio" else "service"
        # A ratio is better when it is greater, a time or a size when it is less.
        better = after[key] / before[key] if key == "ratio" else before[key] / after[key]
        print(f"{what:<56} {number(before[key]):>12} {number(after[key]):>12} {better:>7.2f} ×")


def main():
    if sys.argv[1:2] == ["compare"]:
        if len(sys.argv) != 4:
            sys.exit("bench: compare OLD NEW, two files of bench-results/")
        return compare(*(json.loads(pathlib.Path(path).read_text()) for path in sys.argv[2:]))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--row", action="append", choices=rows.ROWS, help="only this one; may be given several times")
    parser.add_argument("--quick", action="store_true", help="one short run of each, to see that all works")
    parser.add_argument("--data", help="a folder with the real positions that the row `near` looks among")
    parser.add_argument("--peer", action="store_true", help="only what others do with the last units of one item")
    parser.add_argument("--compare", metavar="FILE", help="set the run against an earlier one")
    arguments = parser.parse_args()
    wanted = [] if arguments.peer else arguments.row or list(rows.ROWS)
    earlier = json.loads(pathlib.Path(arguments.compare).read_text()) if arguments.compare else None
    results = Results(arguments.quick)
    cluster = stack.Cluster()
    bench = Bench(cluster, arguments.quick, arguments.data)
    try:
        measure(bench, wanted, results)
        if arguments.peer:
            results.head["peers"] = peer.measure(bench)
            results.write()
    finally:
        bench.stop_servers()
        cluster.stop()
    if arguments.peer:
        peer.show(results.head["peers"])
    else:
        show(wanted, results)
    if earlier:
        print()
        compare(earlier, results.head | {"rows": results.rows})
    print(f"\nwritten to {results.path.relative_to(stack.ROOT)}")
    if results.failed:
        sys.exit(1)


if __name__ == "__main__":
    main()
