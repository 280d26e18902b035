#!/usr/bin/env python3
"""Two processes of Holdfast on one PostgreSQL of their own, under everything that a night can bring: tills, orders, bulk
work, dear questions, hostile clients, processes and a database that are killed, a process that is frozen, rows that
somebody holds. At the end every unit must be where the acknowledged facts and promises say, and the ledger must prove.

    Scripts/soak.py .build/release/holdfast [--seconds 600]

It prints how long single calls took while nothing else went on, under load, and while things were killed. Exit 0: nothing
was lost, doubled or refused without need. Times are printed and not judged: a machine may be as slow as it likes."""

import argparse
import collections
import http.client
import json
import multiprocessing
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid

ITEMS, LOCATIONS = 100, 50
# Enough of everything that no request has to be refused for want of units.
OPENING = 1_000_000
# A call that is not answered by then is sent again, to the other process.
CALL_SECONDS = 15
WRITTEN = {"applied", "appliedUncovered", "duplicate", "recordedBeforeCount"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Database:
    """A PostgreSQL of its own, which keeps what it has acknowledged."""

    def __init__(self):
        self.binaries = subprocess.check_output(["pg_config", "--bindir"], text=True).strip()
        self.folder = tempfile.mkdtemp(prefix="holdfast-soak-")
        self.port = free_port()
        if os.getuid() == 0:
            postgres = pwd.getpwnam("postgres")
            os.chown(self.folder, postgres.pw_uid, postgres.pw_gid)
        self.run("initdb", "-D", self.data, "-U", "holdfast", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        self.start()
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "holdfast", "holdfast")
        self.url = f"postgresql://holdfast@127.0.0.1:{self.port}/holdfast"

    @property
    def data(self):
        return self.folder + "/data"

    def command(self, program, *arguments):
        """PostgreSQL refuses to run as root."""
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        return [*prefix, f"{self.binaries}/{program}", *arguments]

    def run(self, program, *arguments):
        subprocess.run(self.command(program, *arguments), check=True, cwd="/", stdout=subprocess.DEVNULL)

    def start(self):
        self.server = subprocess.Popen(
            self.command("postgres", "-D", self.data, "-c", f"port={self.port}", "-c", "listen_addresses=127.0.0.1",
                         "-c", f"unix_socket_directories={self.folder}", "-c", "shared_buffers=128MB"),
            cwd="/", stdout=subprocess.DEVNULL, stderr=open(self.folder + "/log", "ab"), start_new_session=True)
        while subprocess.run(self.command("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)),
                             cwd="/").returncode:
            time.sleep(0.1)

    def processes(self):
        """The server and all its children: what a power cut takes at once."""
        with open(self.data + "/postmaster.pid", encoding="ascii") as file:
            server = int(file.readline())
        with open(f"/proc/{server}/task/{server}/children", encoding="ascii") as file:
            return [server, *(int(child) for child in file.read().split())]

    def kill(self):
        processes = self.processes()
        for process in processes:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.server.wait()
        while any(is_running(process) for process in processes):
            time.sleep(0.02)
        os.path.exists(self.data + "/postmaster.pid") and os.remove(self.data + "/postmaster.pid")

    def session(self):
        return subprocess.Popen(
            self.command("psql", "-X", "-q", "-A", "-t", "-h", "127.0.0.1", "-p", str(self.port), "-U", "holdfast",
                         "holdfast"), cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def end(self):
        os.kill(self.processes()[0], signal.SIGINT)
        self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def is_running(process):
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


class Server:
    def __init__(self, program, database, folder):
        self.program, self.port = program, free_port()
        self.environment = dict(
            os.environ, HOLDFAST_DATABASE_URL=database.url, HOLDFAST_HTTP_PORT=str(self.port),
            HOLDFAST_DATA_DIR=folder, HOLDFAST_LOG_LEVEL="error")
        self.log = open(f"{folder}/log-{self.port}", "ab")

    def start(self):
        self.process = subprocess.Popen([self.program, "serve"], env=self.environment, stdout=self.log,
                                        stderr=self.log, start_new_session=True)
        client = Client([self.port])
        while client.call("GET", "/health/ready")[0] != 200:
            if self.process.poll() is not None:
                raise SystemExit(f"the service ended at its start; see {self.log.name}")
            time.sleep(0.05)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.process.terminate()
        self.process.wait()


class Client:
    """Keeps a connection to one of the processes; goes to the next when it gets no answer."""

    def __init__(self, ports):
        self.ports, self.at, self.connection = ports, random.randrange(len(ports)), None

    def call(self, method, path, body=None, key=None, timeout=CALL_SECONDS):
        """Status and body; status 0 for no answer."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if key:
            headers["Idempotency-Key"] = key
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.ports[self.at], timeout=timeout)
            self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = self.connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if content[:1] in b"{[" and content else None
        except (OSError, http.client.HTTPException):
            if self.connection:
                self.connection.close()
            self.connection = None
            self.at = (self.at + 1) % len(self.ports)
            return 0, None

    def until_answered(self, stop, method, path, body, key=None):
        """Sends the same request until it has an answer that is final, however long that takes. A till that has something
        to say says it also after the end."""
        while True:
            status, answer = self.call(method, path, body, key)
            if status and status < 500:
                return status, answer
            time.sleep(0.05 if status else 0.2)


def sku(number):
    return f"S{number:03}"


def place(number):
    return f"L{number:02}"


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


# MARK: - Who calls. Each runs in a process of its own, and returns what it knows at the end.

def till(ports, stop, seed, lines_each, pause):
    """Facts, some of them sent twice, until each is acknowledged."""
    dice, client = random.Random(seed), Client(ports)
    other = Client(list(reversed(ports)))
    effect, wrong, sent = collections.Counter(), [], 0
    source = f"till-{seed}"
    while not stop.is_set():
        lines = []
        for _ in range(lines_each):
            kind, units = dice.choice(["sale", "sale", "sale", "return", "receipt"]), dice.randint(1, 3)
            item, location = sku(dice.randrange(ITEMS)), place(dice.randrange(LOCATIONS))
            lines.append({"eventId": f"{seed}/{sent}", "type": kind, "sku": item, "location": location,
                          "quantity": units, "occurredAt": now()})
            effect[item, location] += -units if kind == "sale" else units
            sent += 1
        body = {"source": source, "lines": lines}
        if dice.random() < 0.1:
            # Nobody waits for this one: it may arrive before, after, or never.
            threading.Thread(target=lambda copy=body: Client(list(reversed(ports))).call(
                "POST", "/v1/movements", copy), daemon=True).start()
        status, answer = client.until_answered(stop, "POST", "/v1/movements", body)
        if status != 200 or any(result["verdict"] not in WRITTEN for result in answer["results"]):
            wrong.append((status, answer))
        if dice.random() < 0.05:
            status, answer = other.until_answered(stop, "POST", "/v1/movements", body)
            if status != 200 or any(result["verdict"] != "duplicate" for result in answer["results"]):
                wrong.append(("sent twice", status, answer))
        time.sleep(pause)
    return {"effect": effect, "wrong": wrong[:3], "sent": sent}


def orders(ports, stop, seed):
    """Orders for pickup: held, confirmed, and handed over, given back or left open."""
    dice, client = random.Random(seed), Client(ports)
    effect, reserved, wrong, states = collections.Counter(), collections.Counter(), [], {}
    while not stop.is_set():
        location = place(dice.randrange(LOCATIONS))
        lines = [{"id": str(number), "sku": item, "quantity": dice.randint(1, 3)}
                 for number, item in enumerate(dice.sample([sku(number) for number in range(ITEMS)], 2))]
        body = {"reference": str(uuid.uuid4()), "owner": str(uuid.uuid4()), "channel": "web", "method": "pickup",
                "location": location, "expiresInSeconds": 600, "lines": lines}
        status, made = client.until_answered(stop, "POST", "/v1/reservations", body, key=str(uuid.uuid4()))
        if status != 201:
            wrong.append((status, made))
            continue
        path, end = f"/v1/reservations/{made['id']}", dice.choice(["fulfil", "release", None])
        for action in ["confirm", end] if end else ["confirm"]:
            status, answer = client.until_answered(stop, "POST", f"{path}/{action}", {}, key=str(uuid.uuid4()))
            if status != 200:
                wrong.append((action, status, answer))
        states[made["id"]] = {"fulfil": "fulfilled", "release": "released", None: "confirmed"}[end]
        for line in lines:
            if end == "fulfil":
                effect[line["sku"], location] -= line["quantity"]
            elif end is None:
                reserved[line["sku"], location] += line["quantity"]
        time.sleep(0.02)
    return {"effect": effect, "reserved": reserved, "wrong": wrong[:3], "states": states}


def reader(ports, stop, seed):
    """The dearest questions there are, one after the other."""
    dice, client, statuses = random.Random(seed), Client(ports), collections.Counter()
    pairs = [{"sku": sku(item), "location": place(location)} for item in range(ITEMS) for location in range(LOCATIONS)]
    asks = [("POST", "/v1/availability-queries", {"pairs": pairs[:5000]}),
            ("GET", "/v1/availability?limit=1000&includeTotal=true&q=s", None),
            ("GET", "/v1/movements?limit=1000", None),
            ("GET", f"/v1/availability/{sku(5)}?basis=occurred&asOf={now()}", None)]
    while not stop.is_set():
        status, _ = client.call(*dice.choice(asks), timeout=60)
        statuses[status] += 1
    return {"reads": statuses}


def hostile(ports, stop, seed):
    """Clients that break off, send nonsense, or send so slowly that they never end."""
    dice, held = random.Random(seed), []
    head = b"POST /v1/movements HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    bombs = [b"\x00\xff" * 200, b"GET / HTTP/9.9\r\n\r\n", head + b"Content-Length: 8000000\r\n\r\n{",
             head + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{\"sou", head + b"Content-Length: 3\r\n\r\n{]}",
             b"GET /v1/availability/%00/x?cursor=%00 HTTP/1.1\r\nHost: x\r\n\r\n",
             head + b"Content-Length: 400000\r\n\r\n" + b"[" * 400000,
             b"GET /v1/movements?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n"]
    sent = 0
    while not stop.is_set():
        try:
            victim = socket.create_connection(("127.0.0.1", dice.choice(ports)), timeout=2)
            victim.sendall(dice.choice(bombs))
            sent += 1
            # Some hang up at once, some stay without a word.
            if dice.random() < 0.5:
                held.append(victim)
            else:
                victim.close()
        except OSError:
            pass
        while len(held) > 200:
            held.pop(0).close()
        time.sleep(0.02)
    return {"hostile": sent}


def watcher(ports, stop, seed):
    """An ordinary client: one sale and one read at a time. Keeps when each was sent and how long it took."""
    client, took, effect = Client(ports[:1]), [], collections.Counter()
    number = 0
    while not stop.is_set():
        line = {"eventId": f"watch/{number}", "type": "sale", "sku": "WATCH", "location": "LW", "quantity": 1,
                "occurredAt": now()}
        for name, call in (("sale", ("POST", "/v1/movements", {"source": "watcher", "lines": [line]})),
                           ("read", ("GET", "/v1/availability/WATCH/LW"))):
            sent = time.time()
            status, answer = client.call(*call)
            took.append((sent, name, time.time() - sent, status))
            if name == "sale" and status != 200:
                client.until_answered(stop, *call)
        effect["WATCH", "LW"] -= 1
        number += 1
        time.sleep(0.05)
    return {"effect": effect, "took": took, "sent": number}


class Crowd:
    """Processes that call until they are told to stop."""

    def __init__(self, niceness=0):
        """Whoever makes the load gives way, since in earnest it is on machines of its own."""
        self.niceness = niceness
        self.stop, self.results = multiprocessing.Event(), multiprocessing.SimpleQueue()
        self.members, self.found = [], []

    def add(self, work, *arguments):
        def run():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            os.nice(self.niceness)
            self.results.put(work(arguments[0], self.stop, *arguments[1:]))

        member = multiprocessing.Process(target=run, daemon=True)
        member.start()
        self.members.append(member)

    def end(self):
        self.stop.set()
        self.found = [self.results.get() for _ in self.members]
        for member in self.members:
            member.join()
        return self.found


# MARK: - The night

def seed_stock(client, stock):
    for number in range(ITEMS):
        client.until_answered(None, "PUT", f"/v1/items/{sku(number)}", {"name": sku(number)})
    for number in range(LOCATIONS):
        client.until_answered(None, "PUT", f"/v1/locations/{place(number)}",
                              {"name": place(number), "coordinates": {"latitude": 50 + number / 100, "longitude": 8}})
    client.until_answered(None, "PUT", "/v1/items/WATCH", {"name": "what the watcher sells"})
    client.until_answered(None, "PUT", "/v1/locations/LW", {"name": "where the watcher sells"})
    for location in [*range(LOCATIONS), None]:
        pairs = [(sku(item), place(location)) for item in range(ITEMS)] if location is not None else [("WATCH", "LW")]
        lines = [{"eventId": f"opening/{item}/{where}", "type": "opening", "sku": item, "location": where,
                  "quantity": OPENING, "occurredAt": now()} for item, where in pairs]
        status, answer = client.until_answered(None, "POST", "/v1/movements", {"source": "soak", "lines": lines})
        assert status == 200 and answer["summary"]["applied"] == len(lines), answer
        for pair in pairs:
            stock[pair] += OPENING


def break_things(database, first, second, until):
    """What is killed, frozen or held, one after the other until the time is over."""
    dice, done = random.Random(3), []

    def freeze():
        os.kill(second.process.pid, signal.SIGSTOP)
        time.sleep(min(12, max(4, (until - time.time()) / 3)))
        os.kill(second.process.pid, signal.SIGCONT)

    def kill_service():
        victim = dice.choice([first, second])
        victim.kill()
        time.sleep(0.5)
        victim.start()

    def kill_database():
        database.kill()
        time.sleep(0.5)
        database.start()

    def hold_rows():
        session = database.session()
        session.stdin.write("begin; select count(*) from (select from balance b join item i using (item_id) "
                            f"where i.sku like 'S00%' for update of b) held;\n")
        session.stdin.flush()
        session.stdout.readline()
        time.sleep(4)
        session.stdin.close()
        session.wait()

    actions = [freeze, kill_service, kill_database, hold_rows]
    while time.time() < until:
        action = actions[len(done) % len(actions)]
        began = time.time()
        action()
        done.append((action.__name__, began, time.time()))
        print(f"  {action.__name__}: {time.time() - began:.1f} s", flush=True)
        time.sleep(min(4, max(0, until - time.time())))
    return done


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))] * 1000 if values else float("nan")


def report(took, spans):
    """Times of single calls in each span, beside those of the quiet one."""
    quiet, refused = {}, 0
    for label, began, ended in spans:
        for name in ("sale", "read"):
            calls = [call for call in took if began <= call[0] < ended and call[1] == name]
            good = [call[2] for call in calls if call[3] == 200]
            bad = collections.Counter(call[3] for call in calls if call[3] != 200)
            p99 = percentile(good, 0.99)
            quiet.setdefault(name, p99)
            print(f"  {label:9} {name}: {len(calls):5} calls, p50 {percentile(good, 0.5):6.1f} ms, p99 {p99:7.1f} ms "
                  f"({p99 / quiet[name]:.1f} x quiet){', not 200: ' + str(dict(bad)) if bad else ''}")
            if label != "broken":
                refused += sum(bad.values())
    return refused


def compare(client, stock, reserved, states):
    """What the service says at the end, against what was acknowledged."""
    wrong = []
    pairs = list(stock)
    for start in range(0, len(pairs), 5000):
        part = pairs[start:start + 5000]
        _, answer = client.until_answered(None, "POST", "/v1/availability-queries",
                                          {"pairs": [{"sku": item, "location": where} for item, where in part]})
        for pair, found in zip(part, answer["results"]):
            figures = found["availability"]
            if (figures["onHand"], figures["reserved"]) != (stock[pair], reserved[pair]):
                wrong.append((pair, figures["onHand"], stock[pair], figures["reserved"], reserved[pair]))
    for order, state in states.items():
        _, answer = client.until_answered(None, "GET", f"/v1/reservations/{order}", None)
        if answer["state"] != state:
            wrong.append((order, answer["state"], state))
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seconds", type=int, default=600)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="holdfast-soak-service-")
    database = Database()
    first, second = (Server(os.path.abspath(options.program), database, folder) for _ in range(2))
    crowd, watch, failures = Crowd(niceness=15), Crowd(), []
    try:
        first.start()
        second.start()
        ports = [first.port, second.port]
        stock, reserved, states = collections.Counter(), collections.Counter(), {}
        seed_stock(Client(ports), stock)
        spans, began = [], time.time()

        def span(label, share, work=time.sleep):
            start = time.time()
            print(f"{label}: {share * options.seconds:.0f} s", flush=True)
            work(share * options.seconds)
            spans.append((label, start, time.time()))

        watch.add(watcher, ports, 0)
        time.sleep(1)
        span("quiet", 0.15)
        for seed in range(1, 4):
            crowd.add(till, ports, seed, 1, 0.005)
        crowd.add(till, ports, 10, 2_000, 0)
        crowd.add(till, ports, 11, 250, 0.1)
        for seed in (20, 21):
            crowd.add(orders, ports, seed)
        for seed in (30, 31):
            crowd.add(reader, ports, seed)
        crowd.add(hostile, ports, 40)
        time.sleep(1)
        span("loaded", 0.4)
        span("broken", 0.4, lambda seconds: break_things(database, first, second, time.time() + seconds))
        found = crowd.end() + watch.end()
        for part in found:
            stock.update(part.get("effect", {}))
            reserved.update(part.get("reserved", {}))
            states.update(part.get("states", {}))
            failures += part.get("wrong", [])
        took = next(part["took"] for part in found if "took" in part)
        print(f"{sum(part.get('sent', 0) for part in found):,} facts and {len(states):,} orders acknowledged, "
              f"{sum((part.get('reads', collections.Counter()) for part in found), collections.Counter())} dear reads, "
              f"{sum(part.get('hostile', 0) for part in found):,} hostile requests in {time.time() - began:.0f} s")
        refused = report(took, spans)
        if refused:
            failures.append(f"{refused} single calls were refused while nothing was broken")
        failures += compare(Client(ports), stock, reserved, states)
        proof = subprocess.run([options.program, "proof", "--full"], env=first.environment, capture_output=True, text=True)
        print(proof.stdout.strip())
        if proof.returncode:
            failures.append(proof.stderr)
    finally:
        for server in (first, second):
            if getattr(server, "process", None) and server.process.poll() is None:
                os.kill(server.process.pid, signal.SIGCONT)
                server.end()
        database.end()
    if failures:
        print(f"FAILED, {len(failures)} things; logs are in {folder}")
        for failure in failures[:10]:
            print(" ", str(failure)[:500])
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    print("nothing was lost or doubled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
