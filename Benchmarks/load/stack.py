"""The parts a measurement needs: one PostgreSQL for both sides, the service on it, and what they weigh."""

import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
HOLDFAST = str(ROOT / ".build/release/holdfast")
START_SECONDS = 120


class Server:
    """A `holdfast serve`. Stopped by its own process id."""

    def __init__(self, environment, log):
        self.log = open(log, "ab")
        self.process = subprocess.Popen(
            [HOLDFAST, "serve"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log,
            env={**os.environ, "HOLDFAST_HTTP_PORT": "0", "HOLDFAST_LOG_LEVEL": "warning", **environment}, text=True)
        self.url = None
        for line in self.process.stdout:
            if line.startswith("holdfast listens on "):
                self.url = line.split()[-1]
                break
        if self.url is None:
            raise SystemExit(f"bench: the server did not start; its log is {log}")
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                # Its certificate may be one that nobody knows.
                with urllib.request.urlopen(
                        self.url + "/health/ready", timeout=5, context=ssl._create_unverified_context()):
                    return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"bench: the server is not ready after {START_SECONDS} s; its log is {log}")

    def rss_mb(self):
        """Resident memory now, in MB."""
        return self._status("VmRSS")

    def peak_mb(self):
        """The most resident memory since `forget_peak`, in MB."""
        return self._status("VmHWM")

    def forget_peak(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def cpu_seconds(self):
        """User and system time used so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _status(self, name):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{name}:\s+(\d+) kB", text)[1]) / 1024

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class Cluster:
    """The embedded PostgreSQL with the settings that `holdfast serve` gives it, and databases of our own in it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="holdfast-bench-"))
        self.folder.chmod(0o755)
        self.log = self.folder / "holdfast.log"
        self.keeper = Server({"HOLDFAST_DATA_DIR": str(self.folder / "data")}, self.log)
        lines = (self.folder / "data/postgres/postmaster.pid").read_text().splitlines()
        self.socket = lines[4]
        self.bin = subprocess.run(
            ["pg_config", "--bindir"], capture_output=True, text=True, check=True).stdout.strip()

    def environment(self, database):
        return {**os.environ, "PGHOST": self.socket, "PGUSER": "holdfast", "PGDATABASE": database}

    def sql(self, text, database="postgres", variables=None):
        """Runs a script and returns what it prints."""
        arguments = [f"{self.bin}/psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]
        for name, value in (variables or {}).items():
            arguments += ["-v", f"{name}={value}"]
        result = subprocess.run(
            arguments, input=text, capture_output=True, text=True, env=self.environment(database))
        if result.returncode != 0:
            raise SystemExit(f"bench: {result.stderr}")
        return result.stdout.strip()

    def url(self, database):
        return f"postgresql://holdfast@/{database}?host={self.socket.replace('/', '%2F')}"

    def serve(self, database, **settings):
        return Server({"HOLDFAST_DATABASE_URL": self.url(database), **settings}, self.log)

    def serve_asking(self, database):
        """A server that asks who calls and counts what each asks for, with limits that nobody meets; a token for it."""
        settings = {
            "HOLDFAST_AUTH_MODE": "token", "HOLDFAST_AUTH_DEVELOPMENT": "on",
            "HOLDFAST_DATA_DIR": str(self.folder / "asking"),
            **{f"HOLDFAST_LIMIT_{what}": "1000000" for what in ("READS", "WRITES", "REQUESTS", "CONNECTIONS")},
        }
        token = subprocess.run(
            [HOLDFAST, "token", "--client", "bench", "--role", "operator", "--seconds", "86400"], check=True, text=True,
            capture_output=True, env={**os.environ, **settings}).stdout.strip()
        return self.serve(database, **settings), token

    def seeded(self, name, items, locations, percent=100):
        """A database of its own for this many items and locations; made once a run."""
        if self.sql(f"select 1 from pg_database where datname = '{name}'"):
            return name
        self.sql(f"create database {name}")
        subprocess.run(
            [HOLDFAST, "migrate"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOLDFAST_DATABASE_URL": self.url(name)})
        self.sql(
            (HERE / "seed.sql").read_text(), name,
            {"items": items, "locations": locations, "percent": percent})
        return name

    def drop(self, name):
        self.sql(f"drop database if exists {name}")

    def stop(self):
        self.keeper.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
