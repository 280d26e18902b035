"""What others do on this machine with the last units of one item: django-oscar's stock records, and a script in Redis.

Each is set up as its documents say, on the same processors and disk, the database with the same settings, and asked by as many
clients. Every peer is asked twice: with units for everybody, for holds a second, and with too few, to count what is promised
twice. They do less than Holdfast: neither keeps a ledger, an expiry, or knows a request that is sent again.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import time

import load
import stack

CLIENTS = 64
UNITS = 500
PYTHON = stack.ROOT / ".venv/bin/python"
PACKAGES = ["django-oscar==4.2.1", "gunicorn==27.0.1", "psycopg2-binary==2.9.13", "redis==8.1.0"]
HOLD = """
local left = tonumber(redis.call('get', KEYS[1]))
if left < tonumber(ARGV[1]) then return 0 end
redis.call('decrby', KEYS[1], ARGV[1])
redis.call('incrby', KEYS[2], ARGV[1])
return 1
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process):
    for _ in range(600):
        if process.poll() is not None:
            raise SystemExit("bench: a peer did not start")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("bench: a peer does not listen")


def stop(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Asked:
    """What wrk needs to know of a server that is not ours."""

    def __init__(self, url):
        self.url = url

    def cpu_seconds(self):
        return 0.0


def holdfast(bench):
    import rows
    result = rows.holds(bench)
    database = rows.stocked(bench, "peer", 1, 1)
    bench.cluster.sql(f"update balance set on_hand = {UNITS}", database)
    load.wrk(bench.cluster, bench.server(database), "holds", bench.seconds, CLIENTS, items=1, locations=1)
    promised = int(bench.cluster.sql("select reserved from balance", database))
    return {"perSecond": result["service"], "p99": result["p99"], "promisedTwice": promised - UNITS}


def oscar(bench):
    database = "oscar"
    if not bench.cluster.sql(f"select 1 from pg_database where datname = '{database}'"):
        bench.cluster.sql(f"create database {database}")
    environment = {**bench.cluster.environment(database), "PYTHONPATH": str(stack.HERE / "peers")}

    def script(text):
        result = subprocess.run(
            [PYTHON, "-W", "ignore", "-c", text], capture_output=True, text=True, env=environment, cwd=bench.cluster.folder)
        if result.returncode != 0:
            raise SystemExit(f"bench: django-oscar: {result.stderr[-2_000:]}")
        return result.stdout.strip()

    script("import oscar_app; from django.core.management import call_command; call_command('migrate', verbosity=0)")
    port = free_port()
    process = subprocess.Popen(
        [PYTHON, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", str(2 * (os.cpu_count() or 2) + 1),
         "--worker-class", "sync", "--log-level", "error", "oscar_app:application"],
        env=environment, cwd=bench.cluster.folder, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        wait_for(port, process)
        server = Asked(f"http://127.0.0.1:{port}")
        script("import oscar_app; oscar_app.prepare(1_000_000_000)")
        load.wrk(bench.cluster, server, "", bench.warm_up, CLIENTS, path="/hold")
        runs = [load.wrk(bench.cluster, server, "", bench.seconds, CLIENTS, path="/hold") for _ in range(bench.rounds)]
        script(f"import oscar_app; oscar_app.prepare({UNITS})")
        load.wrk(bench.cluster, server, "", bench.seconds, CLIENTS, path="/hold")
        promised = int(script("import oscar_app; print(oscar_app.allocated())"))
    finally:
        stop(process)
    return {
        "perSecond": statistics.median(run["perSecond"] for run in runs),
        "p99": statistics.median(run["p99"] for run in runs), "promisedTwice": promised - UNITS}


def redis(bench):
    folder = bench.cluster.folder / "redis"
    folder.mkdir(exist_ok=True)
    port = free_port()
    process = subprocess.Popen(
        [shutil.which("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "",
         "--appendonly", "yes", "--appendfsync", "always"], stdout=subprocess.DEVNULL)

    def command(*words):
        return subprocess.run(
            ["redis-cli", "-p", str(port), *words], capture_output=True, text=True, check=True).stdout.strip()

    def hammer(seconds):
        sha = command("script", "load", HOLD)
        requests = max(1_000, int(seconds * 10_000))
        result = subprocess.run(
            ["redis-benchmark", "-p", str(port), "-c", str(CLIENTS), "-n", str(requests), "--csv", "evalsha", sha, "2", "left",
             "promised", "1"], capture_output=True, text=True, check=True)
        # "test","rps","avg","min","p50","p95","p99","max"
        fields = result.stdout.strip().splitlines()[-1].replace('"', "").rsplit(",", 7)
        return float(fields[1]), float(fields[6])

    try:
        wait_for(port, process)
        command("mset", "left", "1000000000", "promised", "0")
        hammer(bench.warm_up)
        runs = [hammer(bench.seconds) for _ in range(bench.rounds)]
        command("mset", "left", str(UNITS), "promised", "0")
        hammer(bench.seconds)
        promised = int(command("get", "promised"))
    finally:
        stop(process)
    return {
        "perSecond": statistics.median(rate for rate, _ in runs), "p99": statistics.median(p99 for _, p99 in runs),
        "promisedTwice": promised - UNITS}


PEERS = {
    "Holdfast: a hold with its expiry, key, ledger and change feed, over HTTP": holdfast,
    "django-oscar 4.2 on the same PostgreSQL: its stock record, over HTTP": oscar,
    "Redis with every write synced: a script that takes units, no HTTP": redis,
}


def measure(bench):
    subprocess.run([stack.ROOT / "Scripts/setup.sh", "redis-server"], check=True)
    subprocess.run([stack.ROOT / "Scripts/python-tools.sh", *PACKAGES], check=True)
    results = {}
    for name, run in PEERS.items():
        print(f"measuring: {name} …", file=sys.stderr, flush=True)
        results[name] = run(bench)
        bench.stop_servers()
    return results


def show(results):
    print(f"\n{'one item, ' + str(CLIENTS) + ' clients':<74} {'holds/s':>9} {'p99 ms':>8} {'promised twice':>15}")
    for name, result in results.items():
        print(f"{name:<74} {result['perSecond']:>9,.0f} {result['p99']:>8.1f} {result['promisedTwice']:>15,}")
