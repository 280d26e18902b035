#!/usr/bin/env python3
"""Cuts one week out of the Complete Journey data and writes it as the sample.

Usage: make-sample.py SOURCE_DIRECTORY [OUTPUT_DIRECTORY]

SOURCE_DIRECTORY holds completejourney_transactions.csv.gz and
completejourney_products.csv.gz. The output is Samples/completejourney of this
repository unless another directory is named. The same input always gives the
same bytes.
"""

import argparse
import csv
import gzip
import statistics
import unicodedata
from collections import Counter
from pathlib import Path

WEEK = "13"
WEEKS_IN_SOURCE = 52

# Opening stock = max(MINIMUM_STOCK, ceil(WEEKS_OF_COVER x average weekly units)).
# Chosen so that a replay of the week sells some pairs out and oversells some.
# The source knows no deliveries, so nothing refills a pair during the week.
MINIMUM_STOCK = 3
WEEKS_OF_COVER = 2

MAXIMUM_NAME_LENGTH = 200
LARGE_FUEL_QUANTITY = 1000

TRANSACTIONS_FILE = "completejourney_transactions.csv.gz"
PRODUCTS_FILE = "completejourney_products.csv.gz"

SALES_COLUMNS = ["store_id", "basket_id", "product_id", "quantity", "transaction_timestamp"]
MASTER_COLUMNS = ["product_id", "department", "brand", "product_category", "product_type", "package_size"]
STORE_COLUMNS = ["store_id", "name"]
STOCK_COLUMNS = ["store_id", "product_id", "quantity", "derived_at"]

DEFAULT_OUTPUT = Path(__file__).resolve().parent.parent / "Samples" / "completejourney"


# Reading


def read_rows(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def read_products(path):
    return {row["product_id"]: row for row in read_rows(path)}


def read_transactions(path):
    """Returns the lines of the week in file order, and the year's units per (store, product)."""
    sales = []
    units_in_year = Counter()
    for row in read_rows(path):
        units_in_year[pair_of(row)] += units_of(row)
        if row["week"] == WEEK:
            sales.append({column: row[column] for column in SALES_COLUMNS})
    if not sales:
        raise SystemExit(f"{path.name} has no line of week {WEEK}")
    return sales, units_in_year


# Deriving


def pair_of(row):
    return row["store_id"], row["product_id"]


def units_of(row):
    return int(row["quantity"])


def is_fuel(product):
    return "FUEL" in product["department"] or "GASOLINE" in product["product_type"]


def clean_text(text):
    # A control character may stand where a space should, so it becomes one.
    printable = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    return " ".join(printable.split())


def readable_name(product):
    candidates = (product["product_type"], product["product_category"], product["department"])
    title = next((text for text in map(clean_text, candidates) if text), "")
    size = clean_text(product["package_size"])
    name = f"{title}, {size}" if size else title
    return name[:MAXIMUM_NAME_LENGTH].rstrip()


def used_products(sales, products):
    used_ids = {row["product_id"] for row in sales}
    return [
        {**{column: product[column] for column in MASTER_COLUMNS}, "name": readable_name(product)}
        for product_id, product in products.items()
        if product_id in used_ids
    ]


def used_stores(sales):
    store_ids = sorted({row["store_id"] for row in sales}, key=int)
    return [{"store_id": store_id, "name": f"Store {store_id}"} for store_id in store_ids]


def sold_units(sales):
    units = Counter()
    for row in sales:
        units[pair_of(row)] += units_of(row)
    return units


def is_stocked(product_id, products):
    return product_id in products and not is_fuel(products[product_id])


def opening_quantity(units_in_year):
    # Floor division of the negated value rounds up in whole numbers; a float could be off by one.
    cover = -(-WEEKS_OF_COVER * units_in_year // WEEKS_IN_SOURCE)
    return max(MINIMUM_STOCK, cover)


def midnight_before(timestamp):
    return f"{timestamp[:10]}T00:00:00Z"


def opening_stock(sales, units_in_year, products):
    derived_at = midnight_before(sales[0]["transaction_timestamp"])
    pairs = [
        pair for pair, units in sold_units(sales).items()
        if units > 0 and is_stocked(pair[1], products)
    ]
    return [
        {
            "store_id": store_id,
            "product_id": product_id,
            "quantity": opening_quantity(units_in_year[store_id, product_id]),
            "derived_at": derived_at,
        }
        for store_id, product_id in sorted(pairs, key=lambda pair: (int(pair[0]), int(pair[1])))
    ]


# Counting what the README states


def count_facts(sales, sample_products, stores, stock, products):
    sold = sold_units(sales)
    left = [row["quantity"] - sold[pair_of(row)] for row in stock]
    missing = [row for row in sales if row["product_id"] not in products]
    fuel = [row for row in sales if row["product_id"] in products and is_fuel(products[row["product_id"]])]
    fuel_quantities = [units_of(row) for row in fuel]
    stocked_pairs = {pair_of(row) for row in stock}
    times = [row["transaction_timestamp"] for row in sales]
    return {
        "sales": len(sales),
        "products": len(sample_products),
        "stores": len(stores),
        "stock": len(stock),
        "baskets": len({row["basket_id"] for row in sales}),
        "pairs": len(sold),
        "first": min(times),
        "last": max(times),
        "most_in_one_second": max(Counter(times).values()),
        "repeated_keys": len(sales) - len({(row["basket_id"], row["product_id"]) for row in sales}),
        "zero": sum(units_of(row) == 0 for row in sales),
        "missing": len(missing),
        "missing_products": len({row["product_id"] for row in missing}),
        "missing_zero": sum(units_of(row) == 0 for row in missing),
        "fuel": len(fuel),
        "fuel_products": len({row["product_id"] for row in fuel}),
        "fuel_minimum": min(fuel_quantities, default=0),
        "fuel_median": round(statistics.median(fuel_quantities or [0])),
        "fuel_maximum": max(fuel_quantities, default=0),
        "fuel_units": sum(fuel_quantities),
        "fuel_large": sum(units >= LARGE_FUEL_QUANTITY for units in fuel_quantities),
        "fuel_elsewhere": sum("FUEL" not in products[row["product_id"]]["department"] for row in fuel),
        "largest_other": max((units_of(row) for row in sales if pair_of(row) in stocked_pairs), default=0),
        "unstocked_lines": sum(pair_of(row) not in stocked_pairs for row in sales),
        "unstocked_pairs": len(sold) - len(stock),
        "stock_units": sum(row["quantity"] for row in stock),
        "sold_units": sum(sold[pair] for pair in stocked_pairs),
        "at_zero": sum(units == 0 for units in left),
        "below_zero": sum(units < 0 for units in left),
        "lowest": min(left, default=0),
    }


README = """\
# Sample: one week of real till lines

Week {week} of the Complete Journey data: all its till lines, of {stores} grocery stores,
from {first} to {last}. The data follow a panel of
households, so they are only a part of what these stores sold.

## Source and licence

CC0 (as published on CRAN). Attribution:
"Complete Journey 2.0, 84.51°; R package completejourney, B. Boehmke and S. Mortimer".

The week is cut out of the year 2017. Household ids and prices are left out on purpose.

## Files

UTF-8 CSV after RFC 4180 with a header line and LF line ends.

| file | lines without header | how it was derived |
|---|---|---|
| `sales.csv` | {sales:,} | real: all lines with `week` = {week}, in the order and with the values of the source, five of its columns |
| `products.csv` | {products:,} | real: the product master reduced to the products of the week; only `name` is added |
| `stores.csv` | {stores:,} | the store ids of the week; the names are made from the ids, the source has none |
| `opening-stock.csv` | {stock:,} | **derived, not real**, see below |

`examples.ndjson` is not of the source: it is what the demo makes beside the week, so that the examples of the API's
contract name what is there ([Scripts/test-examples.py](../../Scripts/test-examples.py) tries them).

`name` is the product type, else the category, else the department, followed by a
comma and the package size if there is one. Control characters are taken out, spaces
collapsed, and it is cut at {name_length} characters. Names are not unique.

## The opening stock is derived

The source has no stock on hand, no deliveries and no returns. `opening-stock.csv`
is an assumption made from the sales:

    quantity = max({minimum}, ceil({cover} x units of the pair in the whole year / {weeks}))

It has one line for each (store, product) pair that sold more than 0 units in the
week and whose product is in the master and is not fuel. Fuel is a department that
contains `FUEL` or a product type that contains `GASOLINE`. `derived_at` is midnight
of the day of the week's first line. The year's units include the sample week itself.

The opening stock is {stock_units:,} units, of which the week sells {sold_units:,}. After
all sales and without any delivery {at_zero:,} pairs end at exactly 0 and {below_zero:,} below
it (the lowest at {lowest}); the rest keep stock. Below 0 means that the assumption was
too low, not that a store sold what it did not have.

## Times

Timestamps have no zone in the source and are read as UTC. The weeks of the source
turn over around 04:00 in summer and 05:00 in winter, which fits that reading for
stores in the east of the United States, but nothing in the source says so.

## Quirks kept

- {zero:,} lines have quantity 0: no stock moves.
- {missing:,} lines are of {missing_products:,} products that are missing from the master, and so
  from `products.csv`; {missing_zero:,} of these lines have quantity 0 too.
- {fuel:,} lines are fuel ({fuel_products:,} products) with quantities from {fuel_minimum:,} to {fuel_maximum:,}, median
  {fuel_median:,}, {fuel_large:,} lines of {large:,} or more, {fuel_units:,} in all. {fuel_elsewhere:,} of these lines are not in the
  department FUEL and are told only by the product type. The largest quantity of a
  line with opening stock is {largest_other:,}.
- {unstocked_lines:,} lines ({unstocked_pairs:,} of {pairs:,} pairs) have no opening stock: fuel, missing products,
  and pairs with nothing but quantity 0.
- All lines of a basket carry the same second: up to {most_in_one_second:,} lines in one second.
- (`basket_id`, `product_id`) {uniqueness} in this week ({baskets:,} baskets).

## Making it again

    python3 Scripts/make-sample.py SOURCE_DIRECTORY

`SOURCE_DIRECTORY` holds `{transactions_file}` and
`{products_file}`: the package's full transactions
(`get_transactions()`) and its `products`, each as gzipped CSV with the column names
of the package, missing values empty, ids in plain digits and timestamps as
`YYYY-MM-DD HH:MM:SS`. The same input gives the same bytes, this file included.
"""


def readme_text(facts):
    repeated = facts["repeated_keys"]
    return README.format(
        **facts,
        week=WEEK,
        weeks=WEEKS_IN_SOURCE,
        minimum=MINIMUM_STOCK,
        cover=WEEKS_OF_COVER,
        name_length=MAXIMUM_NAME_LENGTH,
        large=LARGE_FUEL_QUANTITY,
        uniqueness=f"repeats {repeated:,} times" if repeated else "is unique",
        transactions_file=TRANSACTIONS_FILE,
        products_file=PRODUCTS_FILE,
    )


# Writing


def write_text(path, text):
    # newline="" keeps LF on every platform.
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def write_rows(path, columns, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def make_sample(source, output):
    products = read_products(source / PRODUCTS_FILE)
    sales, units_in_year = read_transactions(source / TRANSACTIONS_FILE)
    sample_products = used_products(sales, products)
    stores = used_stores(sales)
    stock = opening_stock(sales, units_in_year, products)
    facts = count_facts(sales, sample_products, stores, stock, products)

    output.mkdir(parents=True, exist_ok=True)
    write_rows(output / "sales.csv", SALES_COLUMNS, sales)
    write_rows(output / "products.csv", MASTER_COLUMNS + ["name"], sample_products)
    write_rows(output / "stores.csv", STORE_COLUMNS, stores)
    write_rows(output / "opening-stock.csv", STOCK_COLUMNS, stock)
    write_text(output / "README.md", readme_text(facts))
    return facts


def main():
    parser = argparse.ArgumentParser(description="Make the one-week sample of Complete Journey.")
    parser.add_argument("source", type=Path, help="directory with the two completejourney_*.csv.gz files")
    parser.add_argument("output", type=Path, nargs="?", default=DEFAULT_OUTPUT)
    arguments = parser.parse_args()
    for key, value in make_sample(arguments.source, arguments.output).items():
        print(f"{key}: {value}")


if __name__ == "__main__":
    main()
