#!/usr/bin/env python3
"""Compares what the API says of the Online Retail import with sums computed straight from the file."""

import collections
import csv
import gzip
import json
import re
import sys
import urllib.parse
import urllib.request


def get(base, path, **query):
    with urllib.request.urlopen(f"{base}{path}?{urllib.parse.urlencode(query)}") as answer:
        return json.load(answer)


def pages(base, path, name, **query):
    cursor = {}
    while cursor is not None:
        body = get(base, path, limit=1000, **query, **cursor)
        yield from body[name]
        cursor = {"cursor": body["nextCursor"]} if body["nextCursor"] else None


def expected(path):
    """Net units by code in upper case, and the codes that are no products with their numbers of lines."""
    units, odd = collections.Counter(), collections.Counter()
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            quantity, code = int(row["Quantity"]), row["StockCode"]
            if not re.match("[0-9]{5}", code):
                odd[code] += 1
                continue
            # A sale and a cancellation both move the opposite of what the invoice says; a write-off moves it itself.
            lost = quantity < 0 and not row["InvoiceNo"].startswith("C")
            units[code.upper()] += quantity if lost else -quantity
    return units, odd


def main(base, data):
    wanted, odd = expected(f"{data}/online_retail_2010-12_2011-05.csv.gz")
    found = {row["sku"]: row["onHand"] for row in
             pages(base, "/v1/locations/online-retail/availability", "availability")}
    different = [sku for sku in wanted.keys() | found.keys() if wanted.get(sku) != found.get(sku, 0)]
    print(f"{len(wanted):,} products in the file, {len(found):,} in Holdfast; net units "
          f"{sum(wanted.values()):,} and {sum(found.values()):,}")
    for sku in different[:10]:
        print(f"  differs: {sku}: file {wanted.get(sku)}, Holdfast {found.get(sku)}")
    exceptions = [entry for entry in pages(base, "/v1/exceptions", "exceptions", type="unknownCode")]
    print(f"{len(odd)} codes that are no products on {sum(odd.values()):,} lines: {len(exceptions)} exceptions")
    jobs = [job for job in pages(base, "/v1/imports", "imports") if job["kind"] == "movements"
            and job["name"].startswith("online_retail")]
    counts = jobs[0]["counts"]
    print("the second import: " + ", ".join(f"{name} {count:,}" for name, count in counts.items() if count))
    isSame = counts["applied"] == 0 and counts["rejected"] == 0 and counts["parked"] == sum(odd.values())
    good = not different and len(exceptions) == len(odd) and isSame
    print("EQUAL" if good else "DIFFERENT")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
