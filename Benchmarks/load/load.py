"""The two load generators, and what they report: pgbench on the database, wrk on the service. And what reads event streams,
beside sales at a steady rate."""

import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
runs = 0


def checkpoint_inside(cluster, seconds):
    """Lets a checkpoint begin a third into a run: whoever is measured pays for it."""
    timer = threading.Timer(seconds / 3, lambda: cluster.sql("checkpoint"))
    timer.start()
    return timer


def pgbench(cluster, database, baseline, seconds, clients, **variables):
    """Transactions a second of one frozen baseline file, or of several with their shares (`name@share`)."""
    global runs
    runs += 1
    # Numbers of a run of their own, so that event ids never meet those of the run before. They have nine digits in the
    # baselines, and longer ones would be cut off and so come twice.
    if runs >= 1_000:
        raise SystemExit("bench: too many runs for event ids of nine digits")
    variables = {"n": runs * 1_000_000, **variables}
    arguments = [f"{cluster.bin}/pgbench", "-n", "-M", "prepared", "-T", str(seconds), "-c", str(clients), "-j", "2"]
    for name, value in variables.items():
        arguments += ["-D", f"{name}={value}"]
    for script in [baseline] if isinstance(baseline, str) else baseline:
        name, _, share = script.partition("@")
        arguments += ["-f", str(HERE / "baselines" / f"{name}.sql") + (f"@{share}" if share else "")]
    timer = checkpoint_inside(cluster, seconds)
    result = subprocess.run(arguments, capture_output=True, text=True, env=cluster.environment(database))
    timer.join()
    if result.returncode != 0:
        raise SystemExit(f"bench: pgbench failed: {result.stderr}")
    return float(re.search(r"tps = ([0-9.]+)", result.stdout)[1])


def wrk(cluster, server, script, seconds, connections, threads=2, path="", **variables):
    """What wrk saw: requests a second, p50 and p99 in milliseconds, and answers that were no 2xx or 3xx."""
    global runs
    runs += 1
    environment = {**os.environ, "RUN": f"{os.getpid()}-{runs}"}
    environment |= {name.upper(): str(value) for name, value in variables.items()}
    arguments = [
        "wrk", "--latency", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s", "--timeout", "30s"]
    if script:
        arguments += ["-s", str(HERE / "wrk" / f"{script}.lua")]
    timer = checkpoint_inside(cluster, seconds)
    cpu = server.cpu_seconds()
    started = time.monotonic()
    result = subprocess.run([*arguments, server.url + path], capture_output=True, text=True, env=environment)
    elapsed = time.monotonic() - started
    used = server.cpu_seconds() - cpu
    timer.join()
    settle(server)
    if result.returncode != 0:
        raise SystemExit(f"bench: wrk failed: {result.stdout}{result.stderr}")
    return {
        "perSecond": float(re.search(r"Requests/sec:\s+([0-9.]+)", result.stdout)[1]),
        "p50": milliseconds(re.search(r"^\s+50%\s+(\S+)", result.stdout, re.M)[1]),
        "p99": milliseconds(re.search(r"^\s+99%\s+(\S+)", result.stdout, re.M)[1]),
        "refused": int(match[1]) if (match := re.search(r"Non-2xx or 3xx responses: (\d+)", result.stdout)) else 0,
        "broken": sum(map(int, re.findall(r"\d+", match[0])))
        if (match := re.search(r"Socket errors:.*", result.stdout)) else 0,
        "cpu": used / elapsed,
    }


def settle(server, within=30):
    """Waits until the service has done what wrk left behind: its last requests were accepted, and nobody waits for them."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        used = server.cpu_seconds()
        time.sleep(0.25)
        if server.cpu_seconds() - used < 0.02:
            return


def wrk_all(cluster, server, folder, bodies, connections):
    """Sends every body once with wrk's two threads; the seconds until the last was answered."""
    file = folder / "bodies"
    marks = [pathlib.Path(f"{file}.{thread}.done") for thread in (0, 1)]
    for thread, mark in enumerate(marks):
        mark.unlink(missing_ok=True)
        pathlib.Path(f"{file}.{thread}").write_text("\n".join(bodies[thread::2]) + "\n")
    arguments = [
        "wrk", "-t", "2", "-c", str(connections), "-d", "600s", "--timeout", "30s", "-s",
        str(HERE / "wrk" / "bodies.lua"), server.url]
    timer = checkpoint_inside(cluster, 6)
    started = time.monotonic()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, env={**os.environ, "FILE": str(file)})
    while not all(mark.exists() for mark in marks):
        if process.poll() is not None or time.monotonic() - started > 600:
            raise SystemExit("bench: not every body was answered")
        time.sleep(0.01)
    elapsed = time.monotonic() - started
    process.terminate()
    process.wait()
    timer.join()
    return elapsed


@contextlib.contextmanager
def subscribers(server, seconds, queries):
    """Event streams in a process of their own, open before the body begins; gives a function that waits for what they heard."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "streams.py"), server.url, str(seconds), *queries], stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout.readline() != "open\n":
            raise SystemExit("bench: the event streams did not open")
        yield lambda: json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def steady(server, per_second, per_request, seconds, items, locations, connections=8):
    """Sends sales at a steady rate, as far as the service keeps up: how many lines were applied, and in how many seconds."""
    global runs
    runs += 1
    run, address = runs, urllib.parse.urlsplit(server.url)
    due = iter(range(per_second * seconds // per_request))
    lock, started, applied, failed = threading.Lock(), time.monotonic(), [], []

    def send():
        connection, chosen = http.client.HTTPConnection(address.hostname, address.port, timeout=30), random.Random()
        while True:
            with lock:
                number = next(due, None)
            if number is None or failed:
                return
            body = json.dumps({"source": "till", "lines": [{
                "eventId": f"{os.getpid()}/{run}/{number}/{line}", "type": "sale", "quantity": 1,
                "sku": f"sku-{chosen.randint(1, items):06d}", "location": f"loc-{chosen.randint(1, locations):04d}",
                "occurredAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())} for line in range(per_request)]})
            time.sleep(max(0, started + number * per_request / per_second - time.monotonic()))
            connection.request("POST", "/v1/movements", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
            if response.status != 200:
                failed.append(f"{response.status} {answer[:500]}")
                return
            applied.append(json.loads(answer)["summary"]["applied"])

    threads = [threading.Thread(target=send) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise SystemExit(f"bench: a sale was answered {failed[0]}")
    return sum(applied), time.monotonic() - started


def milliseconds(text):
    """wrk writes 612.00us, 1.52ms and 2.03s."""
    for unit, factor in (("us", 0.001), ("ms", 1), ("s", 1000), ("m", 60_000)):
        if text.endswith(unit):
            return round(float(text.removesuffix(unit)) * factor, 3)
    raise SystemExit(f"bench: cannot read the time {text}")
