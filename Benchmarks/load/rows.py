"""The rows of the table: what is measured, against what, and the bar that was set for it.

A row's function takes a `Bench` and returns its measurements: the service's figure, the baseline's, and what is worth
knowing beside them. Every figure is the median of `bench.rounds` runs, service and baseline in turn, after a warm-up
of both.
"""

import concurrent.futures
import csv
import gzip
import http.client
import json
import math
import pathlib
import random
import sys
import statistics
import time

import load
import transports

SHIP_ITEMS = 2_000
ITEMS, LOCATIONS = 10_000, 50
STORE_ITEMS = 25_000


def alternate(bench, service, baseline):
    """Both in turn, so that a slow minute of the machine is everybody's."""
    pairs = [(service(), baseline()) for _ in range(bench.rounds)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def median(values):
    return statistics.median(values)


def now():
    """An instant as a till writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def check_answers(runs):
    """A refused request or a broken connection is no throughput."""
    wrong = sum(run["refused"] + run["broken"] for run in runs)
    if wrong:
        raise SystemExit(f"bench: {wrong} requests were not answered as they should be")


def throughput(
        bench, database, script, baseline, connections, lines=1, clients=32, baseline_lines=1, counts_lines=True,
        baseline_variables=None, **variables):
    """Lines a second, or requests where `counts_lines` says so."""
    server = bench.server(database)
    run = lambda seconds: load.wrk(
        bench.cluster, server, script, seconds, connections, lines=lines, **variables)
    sizes = {name: variables[name] for name in ("items", "locations")} | (baseline_variables or {})
    raw = lambda seconds: load.pgbench(bench.cluster, database, baseline, seconds, clients, **sizes)
    run(bench.warm_up)
    raw(bench.warm_up)
    server.forget_peak()
    runs, raws = alternate(bench, lambda: run(bench.seconds), lambda: raw(bench.seconds))
    check_answers(runs)
    lines = lines if counts_lines else 1
    service = median([r["perSecond"] for r in runs]) * lines
    reference = median(raws) * baseline_lines
    return {
        "service": service, "baseline": reference, "ratio": service / reference, "unit": "/s",
        "p50": median([r["p50"] for r in runs]), "p99": median([r["p99"] for r in runs]),
        "cpuMicroseconds": median([r["cpu"] / (r["perSecond"] * lines) for r in runs]) * 1e6,
        "peakMB": server.peak_mb(),
    }


def spread(bench, name="spread", items=ITEMS, locations=LOCATIONS):
    database = bench.cluster.seeded(name, items, locations)
    return throughput(bench, database, "sales", "spread", 256, items=items, locations=locations)


def hot(bench):
    database = bench.cluster.seeded("hot", 100, 1)
    return throughput(bench, database, "sales", "spread", 128, items=1, locations=1)


def batch(bench):
    """Batches of 5,000 sales over all balances, eight at a time, from the first byte to the last answer. A window of wrk's would
    leave out what is under way at its end, which is a good part of so few and so long requests."""
    database = bench.cluster.seeded("spread", ITEMS, LOCATIONS)
    server = bench.server(database)
    batches, lines = 20 if bench.quick else 60, 5_000
    cpus = []

    def run():
        mark, chance = time.time_ns(), random.Random(3)
        bodies = [
            json.dumps({"source": f"night-{number % 8}", "lines": [
                {
                    "eventId": f"{mark}/{number:03d}/{line:04d}", "type": "sale", "sku": f"sku-{chance.randint(1, ITEMS):06d}",
                    "location": f"loc-{chance.randint(1, LOCATIONS):04d}", "quantity": 1, "occurredAt": now(),
                    "reference": f"TX{number:03d}{line:04d}",
                }
                for line in range(lines)
            ]}, separators=(",", ":"))
            for number in range(batches)
        ]
        before, cpu = events_known(bench, database), server.cpu_seconds()
        elapsed = load.wrk_all(bench.cluster, server, bench.cluster.folder, bodies, 8)
        cpus.append((server.cpu_seconds() - cpu) / (batches * lines))
        load.settle(server)
        applied = events_known(bench, database) - before
        if applied != batches * lines:
            raise SystemExit(f"bench: {applied} lines were applied where {batches * lines} were sent")
        return batches * lines / elapsed

    bare = lambda: 5_000 * load.pgbench(
        bench.cluster, database, "batch", bench.seconds, 2, items=ITEMS, locations=LOCATIONS)
    raw = lambda: load.pgbench(bench.cluster, database, "spread", bench.seconds, 32, items=ITEMS, locations=LOCATIONS)
    run()
    raw()
    server.forget_peak()
    services, references = alternate(bench, run, lambda: (raw(), bare()))
    service, one_by_one, sets = median(services), median([r[0] for r in references]), median([r[1] for r in references])
    return {
        "service": service, "baseline": one_by_one, "ratio": service / one_by_one, "unit": "/s",
        "ofBareSets": service / sets, "cpuMicroseconds": median(cpus[1:]) * 1e6, "peakMB": server.peak_mb(),
    }


def events_known(bench, database):
    return int(bench.cluster.sql("select count(*) from event_key", database))


def twice(bench):
    """300 stores with 500 lines each; every line is sent twice, shuffled within its store, 25 lines a request."""
    stores, lines, per_request = 300, 500, 25
    if bench.quick:
        stores = 60
    database = bench.cluster.seeded("twice", 2_000, 300)
    server = bench.server(database)
    server.forget_peak()
    rates, raws = [], []
    for attempt in range(bench.rounds + 1):
        shuffled = random.Random(attempt)
        bodies = []
        for store in range(1, stores + 1):
            sold = [
                {
                    "eventId": f"2026-01-15/{attempt}/{store:04d}/{number:05d}", "type": "sale",
                    "sku": f"sku-{shuffled.randint(1, 2_000):06d}", "location": f"loc-{store:04d}", "quantity": 1,
                    "occurredAt": now(), "reference": f"TX{number}",
                }
                for number in range(lines)
            ] * 2
            shuffled.shuffle(sold)
            for start in range(0, len(sold), per_request):
                bodies.append(json.dumps(
                    {"source": f"store-{store}", "lines": sold[start:start + per_request]}, separators=(",", ":")))
        shuffled.shuffle(bodies)
        before = events_known(bench, database)
        elapsed = load.wrk_all(bench.cluster, server, bench.cluster.folder, bodies, 64)
        # wrk's spare connections repeat the last body, so some others may be on their way when it says that it is done.
        for _ in range(100):
            applied = events_known(bench, database) - before
            if applied == stores * lines:
                break
            time.sleep(0.1)
        if applied != stores * lines:
            raise SystemExit(f"bench: {applied} lines were applied where {stores * lines} were sent, each twice")
        raw = load.pgbench(bench.cluster, database, "spread", bench.seconds, 32, items=2_000, locations=300)
        if attempt > 0:
            rates.append(stores * lines * 2 / elapsed)
            raws.append(raw)
    defects = bench.cluster.sql(
        "select count(*) from (select item_id, location_id, version from movement group by 1, 2, 3"
        " having count(*) > 1) doubled", database)
    return {
        "service": median(rates), "baseline": median(raws), "ratio": median(rates) / median(raws), "unit": "/s",
        "doubled": int(defects), "peakMB": server.peak_mb(),
    }


def stocked(bench, name, items, locations):
    """A database where nothing runs out."""
    database = bench.cluster.seeded(name, items, locations)
    bench.cluster.sql("update balance set on_hand = 1000000000; vacuum balance", database)
    return database


def holds(bench):
    """Everything granted, on one item."""
    database = stocked(bench, "holds", 1, 1)
    return throughput(bench, database, "holds", "hold", 128, items=1, locations=1, baseline_variables={"lines": 1})


def drop(bench):
    """128 shoppers at one item: 127 ask for more than there is, and one for what is left."""
    database = stocked(bench, "drop", 1, 1)
    server = bench.server(database)
    server.forget_peak()

    def run(seconds):
        with concurrent.futures.ThreadPoolExecutor(2) as both:
            losers = both.submit(
                load.wrk, bench.cluster, server, "holds", seconds, 127, items=1, locations=1, quantity=1_000_000_000)
            winners = both.submit(
                load.wrk, bench.cluster, server, "holds", seconds, 1, threads=1, items=1, locations=1)
            return losers.result(), winners.result()

    raw = lambda: load.pgbench(bench.cluster, database, "hold", bench.seconds, 32, items=1, locations=1, lines=1)
    bench.cluster.sql("update balance set on_hand = 500000000", database)
    run(bench.warm_up)
    runs, raws = alternate(bench, lambda: run(bench.seconds), raw)
    check_answers([winners for _, winners in runs])
    if any(losers["broken"] or losers["refused"] == 0 for losers, _ in runs):
        raise SystemExit("bench: the drop was not refused as it should be")
    rates = [losers["perSecond"] + winners["perSecond"] for losers, winners in runs]
    granted = median([winners["perSecond"] for _, winners in runs])
    return {
        "service": median(rates), "baseline": median(raws), "ratio": median(rates) / median(raws), "unit": "/s",
        "grantedShare": granted / median(rates), "grantedP99": median([winners["p99"] for _, winners in runs]),
        "refusedP99": median([losers["p99"] for losers, _ in runs]), "peakMB": server.peak_mb(),
    }


def baskets(bench):
    """Three lines each, spread."""
    database = stocked(bench, "baskets", ITEMS, LOCATIONS)
    return throughput(
        bench, database, "holds", "hold", 128, items=ITEMS, locations=LOCATIONS, lines=3, counts_lines=False,
        baseline_variables={"lines": 3})


def ship(bench):
    """Three lines each, planned over 400 stores and held, by each objective in turn; places and costs are invented."""
    database = bench.cluster.seeded("ship", SHIP_ITEMS, 400)
    if not bench.cluster.sql("select 1 from location where latitude is not null limit 1", database):
        bench.cluster.sql(
            "select setseed(0.5);"
            "update location set latitude = 47.3 + 7.7 * random(), longitude = 5.9 + 9.1 * random(),"
            " cost_per_shipment_amount = 300 + location_id, cost_per_shipment_currency = 'EUR',"
            " cost_per_km_amount = 1, cost_per_km_currency = 'EUR', priority = location_id,"
            " daily_capacity = case when location_id % 4 = 0 then 100000 end;"
            # As much as is never held up in a run; a quarter of the stores count their shipments.
            "update balance set on_hand = on_hand * 1000; vacuum analyze location, balance", database)
    server = bench.server(database)
    objectives = ["nearest", "fewestSplits", "cheapest", "balanced", "priority"]
    run = lambda seconds, objective: load.wrk(
        bench.cluster, server, "orders", seconds, 16, items=SHIP_ITEMS, lines=3, objective=objective)
    run(bench.warm_up, "nearest")
    server.forget_peak()
    by_objective = {}
    for objective in objectives:
        runs = [run(bench.seconds, objective) for _ in range(bench.rounds)]
        check_answers(runs)
        by_objective[objective] = {
            "perSecond": median([r["perSecond"] for r in runs]), "p50": median([r["p50"] for r in runs]),
            "p99": median([r["p99"] for r in runs])}
        print(f"    {objective}: {by_objective[objective]}", file=sys.stderr, flush=True)
    return {
        "service": by_objective["nearest"]["p99"], "unit": "ms", "byObjective": by_objective,
        "perSecond": by_objective["nearest"]["perSecond"], "peakMB": server.peak_mb()}


def mix(bench):
    """90 reads, 5 holds and 5 sales of a hundred; beside it the same hand-written, in the same shares."""
    database = stocked(bench, "baskets", ITEMS, LOCATIONS)
    return throughput(
        bench, database, "mix", ["read@90", "hold@5", "spread@5"], 128, items=ITEMS, locations=LOCATIONS,
        baseline_variables={"lines": 1})


def read(bench):
    database = bench.ruled(bench.cluster.seeded("read", ITEMS, LOCATIONS))
    return throughput(bench, database, "reads", "read", 128, items=ITEMS, locations=LOCATIONS)


def timed(bench, times, ask):
    for _ in range(3):
        ask()
    took = []
    for _ in range(times):
        started = time.perf_counter()
        ask()
        took.append((time.perf_counter() - started) * 1000)
    times = percentiles(took)
    return {"service": times["p99"], "unit": "ms"} | times


def percentiles(took):
    took = sorted(took)
    return {"p50": took[len(took) // 2], "p99": took[int(len(took) * 0.99)]}


def connect(server):
    return http.client.HTTPConnection(server.url.split("//")[1], timeout=60)


def ask(connection, method, path, body=None):
    connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:
        raise SystemExit(f"bench: {method} {path} was answered {response.status}: {answer[:500]}")
    return answer


def grid(bench):
    """100 skus x 100 locations are two queries of 5,000 pairs, asked at once."""
    database = bench.network()
    server = bench.server(database)
    server.forget_peak()
    bodies = [
        json.dumps({"pairs": [
            {"sku": f"sku-{item * 37 % STORE_ITEMS + 1:06d}", "location": f"loc-{location:04d}"}
            for item in items for location in range(1, 101)
        ]}) for items in (range(50), range(50, 100))
    ]
    connections = [connect(server) for _ in bodies]
    with concurrent.futures.ThreadPoolExecutor(2) as both:
        result = timed(bench, 20 if bench.quick else 100, lambda: list(both.map(
            lambda place: ask(connections[place], "POST", "/v1/availability-queries", bodies[place]), (0, 1))))
    return result | {"peakMB": server.peak_mb()}


def page(bench, path):
    """One page and its total, with a sale before each, so that nothing can be remembered from the last."""
    database = bench.network()
    server = bench.server(database)
    server.forget_peak()
    connection = connect(server)
    sold = 0

    def sell():
        nonlocal sold
        sold += 1
        body = json.dumps({"source": "till", "lines": [{
            "eventId": f"{path}/{time.time_ns()}/{sold}", "type": "sale", "sku": "sku-000001", "location": "big",
            "quantity": 1}]})
        ask(connection, "POST", "/v1/movements", body)

    took = []
    for number in range(15 if bench.quick else 60):
        sell()
        started = time.perf_counter()
        answer = json.loads(ask(connection, "GET", path))
        if number >= 3:
            took.append((time.perf_counter() - started) * 1000)
        if not answer["total"]:
            raise SystemExit("bench: the list is empty")
    times = percentiles(took)
    return {"service": times["p50"], "unit": "ms", "peakMB": server.peak_mb()} | times


def items_page(bench):
    return page(bench, "/v1/availability?band=inStock&includeTotal=true&limit=100")


def store_page(bench):
    return page(bench, "/v1/locations/big/availability?band=inStock&includeTotal=true&limit=100")


def positions(bench):
    """Where the stores of a real chain are; without the folder of the data, as many places at random, which are no shops'."""
    if not bench.data:
        chance = random.Random(1)
        return [(chance.uniform(47.3, 55.0), chance.uniform(5.9, 15.0)) for _ in range(3_223)]
    with gzip.open(pathlib.Path(bench.data) / "lidl_de_osm.csv.gz", "rt", encoding="utf-8") as file:
        return [(float(row["lat"]), float(row["lon"])) for row in csv.DictReader(file)]


def kilometres(here, there):
    """Between two points, by the angle between their vectors: another way than the service's."""
    def vector(point):
        latitude, longitude = (math.radians(degrees) for degrees in point)
        return (math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude), math.sin(latitude))
    a, b = vector(here), vector(there)
    cross = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    return 6371.0088 * math.atan2(math.hypot(*cross), sum(x * y for x, y in zip(a, b)))


def near(bench):
    """The ten nearest stores that have an item, among 3,223; each answer is held against one reckoned here."""
    places = positions(bench)
    database = bench.cluster.seeded("near", 200, len(places))
    if not bench.cluster.sql("select 1 from location where latitude is not null limit 1", database):
        values = ",".join(f"({number},{latitude!r},{longitude!r})" for number, (latitude, longitude) in enumerate(places, 1))
        bench.cluster.sql(
            "update location l set latitude = v.latitude, longitude = v.longitude"
            f" from (values {values}) v(location_id, latitude, longitude) where v.location_id = l.location_id;"
            "vacuum analyze location, balance", database)
    stock = {}
    for row in bench.cluster.sql("select item_id, location_id from balance where on_hand > 0", database).splitlines():
        item, location = row.split("|")
        stock.setdefault(int(item), []).append(int(location))
    server = bench.server(database)
    server.forget_peak()
    connection = connect(server)
    chance = random.Random(2)
    worst = 0

    def look():
        nonlocal worst
        item = chance.randint(1, 200)
        here = places[chance.randrange(len(places))]
        here = (here[0] + chance.uniform(-0.2, 0.2), here[1] + chance.uniform(-0.2, 0.2))
        path = f"/v1/availability/sku-{item:06d}?latitude={here[0]}&longitude={here[1]}&limit=10"
        started = time.perf_counter()
        answer = ask(connection, "GET", path)
        took = (time.perf_counter() - started) * 1000
        found = [(place["location"], place["distanceKm"]) for place in json.loads(answer)["locations"]]
        right = sorted((kilometres(here, places[location - 1]), location) for location in stock[item])[:10]
        for (name, distance), (expected, location) in zip(found, right, strict=True):
            worst = max(worst, abs(distance - expected) / max(expected, 0.001))
            if abs(distance - expected) > expected * 0.001 + 1e-6:
                raise SystemExit(f"bench: {name} is {distance} km away, not {expected}")
        return took

    took = [look() for _ in range(60 if bench.quick else 300)][10:]
    times = percentiles(took)
    return {
        "service": times["p99"], "unit": "ms", "peakMB": server.peak_mb(), "worstDistanceError": worst,
        "positions": "real" if bench.data else "invented",
    } | times


def absolute_set(bench):
    """2,000 figures set by adjustments, in one request."""
    database = bench.network()
    server = bench.server(database)
    server.forget_peak()
    connection = connect(server)
    run = 0

    def adjust():
        nonlocal run
        run += 1
        ask(connection, "POST", "/v1/movements", json.dumps({"source": "erp", "lines": [
            {
                "eventId": f"set/{time.time_ns()}/{run}/{item}", "type": "adjustment", "sku": f"sku-{item:06d}",
                "location": "big", "delta": 1 if run % 2 else -1, "reason": "correction",
            } for item in range(1, 2_001)
        ]}))

    return timed(bench, 5 if bench.quick else 20, adjust) | {"peakMB": server.peak_mb()}


def growth(bench):
    """The first row at three sizes; what counts is how far its ratios are apart."""
    sizes = [(1_000, 50), (10_000, 50)] + ([] if bench.quick else [(100_000, 50)])
    ratios, peaks = {}, []
    for items, locations in sizes:
        balances = items * locations
        name = f"size_{balances}"
        result = spread(bench, name, items, locations)
        ratios[str(balances)] = result["ratio"]
        peaks.append(result["peakMB"])
        bench.forget(name)
    apart = max(ratios.values()) / min(ratios.values()) - 1
    return {
        "service": apart * 100, "unit": "% apart", "ratios": ratios, "peakMB": max(peaks), "peakAtLargest": peaks[-1],
    }


def asked(bench, script, connections):
    """The same requests with a token, to a server that asks for one, beside a server that asks nobody."""
    database = bench.cluster.seeded("spread", ITEMS, LOCATIONS)
    bench.stop_servers()
    open_server = bench.cluster.serve(database)
    asking, token = bench.cluster.serve_asking(database)
    sizes = {"items": ITEMS, "locations": LOCATIONS}
    run = lambda server, seconds, **more: load.wrk(
        bench.cluster, server, script, seconds, connections, **sizes, **more)
    try:
        authorization = "Bearer " + token
        run(asking, bench.warm_up, authorization=authorization)
        run(open_server, bench.warm_up)
        runs, others = alternate(
            bench, lambda: run(asking, bench.seconds, authorization=authorization),
            lambda: run(open_server, bench.seconds))
    finally:
        asking.stop()
        open_server.stop()
    check_answers(runs + others)
    service, reference = (median([r["perSecond"] for r in of]) for of in (runs, others))
    return {
        "service": service, "baseline": reference, "ratio": service / reference, "unit": "/s",
        "p99": median([r["p99"] for r in runs]),
    }


def asked_reads(bench):
    return asked(bench, "reads", 128)


def asked_sales(bench):
    return asked(bench, "sales", 256)


def lane(bench, script, connections):
    """CPU of the process for a request: with the fast lane, and the same with all of them through the router."""
    database = bench.cluster.seeded("spread", ITEMS, LOCATIONS)
    bench.stop_servers()
    fast = bench.cluster.serve(database)
    routed = bench.cluster.serve(database, HOLDFAST_HTTP_FAST_LANE="off")
    run = lambda server, seconds: load.wrk(
        bench.cluster, server, script, seconds, connections, items=ITEMS, locations=LOCATIONS)
    try:
        for server in (fast, routed):
            run(server, bench.warm_up)
        runs, others = alternate(bench, lambda: run(fast, bench.seconds), lambda: run(routed, bench.seconds))
    finally:
        fast.stop()
        routed.stop()
    check_answers(runs + others)
    service, reference = (median([r["cpu"] / r["perSecond"] for r in of]) * 1e6 for of in (runs, others))
    return {
        "service": service, "baseline": reference, "ratio": reference / service, "unit": "µs",
        "perSecond": median([r["perSecond"] for r in runs]), "baselinePerSecond": median([r["perSecond"] for r in others]),
        "p99": median([r["p99"] for r in runs]), "baselineP99": median([r["p99"] for r in others]),
    }


def lane_reads(bench):
    return lane(bench, "reads", 128)


def lane_sales(bench):
    return lane(bench, "sales", 256)


def over(way):
    """A row of `transports`, on the database of the first row."""
    return lambda bench: way(bench, bench.cluster.seeded("spread", ITEMS, LOCATIONS), ITEMS, LOCATIONS)


STREAM_LINES_PER_SECOND = 5_000
STREAM_LINES_PER_REQUEST = 50


def stream(bench):
    """Sales at a steady rate; a stream for each of 50 stores, and one of everything. From commit to arrival."""
    database = bench.cluster.seeded("spread", ITEMS, LOCATIONS)
    server = bench.server(database)
    seconds = 10 if bench.quick else 30
    queries = [f"?location=loc-{number:04d}" for number in range(1, LOCATIONS + 1)] + [""]
    server.forget_peak()
    with load.subscribers(server, seconds + 10, queries) as heard:
        sent, elapsed = load.steady(
            server, STREAM_LINES_PER_SECOND, STREAM_LINES_PER_REQUEST, seconds, ITEMS, LOCATIONS)
        result = heard()
    stores = sum(count for query, count in result["movements"].items() if query)
    if result["movements"][""] != sent or stores != sent or result["twice"]:
        raise SystemExit(
            f"bench: {sent} lines were committed; the stream of everything had {result['movements']['']}, those of stores "
            f"{stores}, {result['twice']} came twice, {result['ended']} were cut and came back")
    times = result["times"]
    return {
        "service": times[int(len(times) * 0.99)], "unit": "ms", "p50": times[len(times) // 2], "max": times[-1],
        "linesPerSecond": sent / elapsed, "cut": result["ended"], "peakMB": server.peak_mb(),
    }


def idle_streams(bench):
    """What a stream takes in memory that hears nothing."""
    database = bench.cluster.seeded("spread", ITEMS, LOCATIONS)
    bench.stop_servers()
    server = bench.server(database)
    time.sleep(3)
    before = server.rss_mb()
    with load.subscribers(server, 25, [f"?sku=sku-{number:06d}" for number in range(1, IDLE_STREAMS + 1)]) as heard:
        # A heartbeat of each.
        time.sleep(20)
        after = server.rss_mb()
        heard()
    return {"service": (after - before) * 1_024 / IDLE_STREAMS, "unit": "KB", "streams": IDLE_STREAMS, "peakMB": after}


IDLE_STREAMS = 2_000


def memory(bench):
    """What the process holds when nobody asks for anything."""
    database = bench.cluster.seeded("spread", ITEMS, LOCATIONS)
    bench.stop_servers()
    server = bench.server(database)
    time.sleep(3)
    return {"service": server.rss_mb(), "unit": "MB"}


def at_least(bar):
    return ("ratio", lambda result: result["ratio"] >= bar, f"≥ {bar} ×")


def under(bar, unit):
    return ("service", lambda result: result["service"] < bar, f"< {bar} {unit}")


# Name, what it is, the function, its bar.
ROWS = {
    "memory": ("memory when idle", memory, under(60, "MB")),
    "spread": ("single lines over 500,000 balances, 256 connections", spread, at_least(1.0)),
    "hot": ("single lines on one balance, 128 connections", hot, at_least(6)),
    "holds": ("holds on one item, 128 connections, all granted", holds, at_least(4)),
    "drop": ("the same with 1 % granted", drop, at_least(8)),
    "baskets": ("holds of three lines over 500,000 balances", baskets, at_least(1)),
    "ship": ("orders of three lines planned over 400 stores and held, p99", ship, under(250, "ms")),
    "mix": ("90 % reads, 5 % holds, 5 % sales, 128 connections", mix, at_least(0.4)),
    "batch": ("batches of 5,000 lines", batch, at_least(4)),
    "twice": ("everything sent twice, shuffled, 64 clients", twice, at_least(3)),
    "read": ("single balance, rules and holds present, 128 connections", read, at_least(0.4)),
    "asked-reads": ("single balances with a token, beside without", asked_reads, at_least(0.9)),
    "asked-sales": ("single lines with a token, beside without", asked_sales, at_least(0.9)),
    "lane-reads": ("CPU of a single balance: fast lane, router", lane_reads, at_least(1.5)),
    "lane-sales": ("CPU of a single line: fast lane, router", lane_sales, at_least(1.2)),
    "tls": ("single balances over TLS, beside without", over(transports.tls), at_least(0.5)),
    "http2": ("single balances over HTTP/2, beside HTTP/1.1", over(transports.http2), at_least(0.35)),
    "imports": ("a file of movements, beside batches of 5,000 lines", over(transports.imports), at_least(0.5)),
    "grid": ("100 skus × 100 locations, p99", grid, under(60, "ms")),
    "items": ("page of items by band with total, 582,000 balances", items_page, under(50, "ms")),
    "store": ("page of a store with 25,000 items by band with total", store_page, under(50, "ms")),
    "near": ("the ten nearest of 3,223 stores that have an item, p99", near, under(50, "ms")),
    "stream": ("5,000 lines a second, 51 event streams: commit to arrival, p99", stream, under(100, "ms")),
    "idle-streams": ("2,000 event streams that hear nothing: memory of each", idle_streams, under(64, "KB")),
    "set": ("2,000 figures set by adjustments", absolute_set, under(500, "ms")),
    "growth": ("first row at 50,000, 500,000 and 5,000,000 balances", growth, under(20, "% apart")),
}
