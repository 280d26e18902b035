#!/usr/bin/env python3
"""Draws what all runs in bench-results/ measured: the ratios over time, and the cost of growth of the newest run."""

import json
import pathlib

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402 — the output format has to be chosen first

folder = pathlib.Path(__file__).resolve().parents[2] / "bench-results"
runs = [run for path in sorted(folder.glob("*.json")) if not (run := json.loads(path.read_text()))["quick"]]
if not runs:
    raise SystemExit("bench-curves: there is no full run in bench-results/; make bench makes one")

figure, (history, growth) = pyplot.subplots(1, 2, figsize=(13, 5))
for name in sorted({name for run in runs for name, row in run["rows"].items() if "ratio" in row}):
    points = [(run["startedAt"][:16], run["rows"][name]["ratio"]) for run in runs if name in run["rows"]]
    history.plot([time for time, _ in points], [ratio for _, ratio in points], marker="o", label=name)
history.set_title("service ÷ raw SQL, by run")
history.set_ylim(bottom=0)
history.tick_params(axis="x", rotation=30)
history.legend()

sizes = next((run["rows"]["growth"]["ratios"] for run in reversed(runs) if "growth" in run["rows"]), {})
growth.plot([int(size) for size in sizes], list(sizes.values()), marker="o")
growth.set_xscale("log")
growth.set_ylim(bottom=0)
growth.set_title("single lines: service ÷ raw SQL, by number of balances")
figure.tight_layout()
figure.savefig(folder / "curves.svg")
print(f"drawn: {folder / 'curves.svg'}, of {len(runs)} runs")
