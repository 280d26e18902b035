#!/usr/bin/env python3
"""Walks through the pages in Chromium as the people do for whom they are: test-pages.py HOLDFAST [--from-disk] [--only WALK …]
[--shots FOLDER].

A service that asks for tokens serves the pages; the walks are in Scripts/pages. Several go at one time, each on a service
of its own. Each looks at its pages with axe, in both
colour schemes and at a phone's width, and leaves screenshots. With --from-disk the pages come from Pages/ through
serve-pages.py, and not from the program: for whoever works on them.
"""

import argparse
import concurrent.futures
import contextlib
import importlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from pages.browser import Test  # noqa: E402
from pages.service import Service, serve_from_disk  # noqa: E402

# The longest first, since several go at one time.
WALKS = ["console_walk", "operator_walk", "associate_walk", "offline_walk", "home_walk", "signin_walk", "shopper_walk"]
# Each has a database and a browser.
WORKERS = min(3, os.cpu_count() or 1)
SHOTS = pathlib.Path(__file__).resolve().parent.parent / ".build" / "pages-screenshots"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("holdfast")
    parser.add_argument("--from-disk", action="store_true")
    parser.add_argument("--only", nargs="*", default=WALKS)
    parser.add_argument("--shots", type=pathlib.Path, default=SHOTS)
    arguments = parser.parse_args()
    arguments.shots.mkdir(parents=True, exist_ok=True)
    if len(arguments.only) > 1:
        return together(arguments)
    walks = [importlib.import_module(f"pages.{name}") for name in arguments.only]
    with tempfile.TemporaryDirectory(prefix="holdfast-pages-") as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        # The embedded PostgreSQL runs as another user when this runs as root.
        folder.chmod(0o755)
        service = stack.enter_context(Service(pathlib.Path(arguments.holdfast).resolve(), folder))
        address = stack.enter_context(serve_from_disk(service)) if arguments.from_disk else service.address
        test = stack.enter_context(Test(service, address, arguments.shots, is_from_disk=arguments.from_disk))
        for walk in walks:
            started = time.monotonic()
            print(f"{walk.__name__.removeprefix('pages.')}: {walk.__doc__.strip().splitlines()[0]}", flush=True)
            try:
                walk.walk(test)
                test.check_errors()
            except BaseException:
                test.keep_what_is_open(walk.__name__.removeprefix("pages."))
                raise
            finally:
                test.close_pages()
            print(f"  passed in {time.monotonic() - started:.1f} s", flush=True)


def together(arguments):
    """Each walk in a process of its own. They mostly wait, for the browser and for the service."""
    more = ["--from-disk"] if arguments.from_disk else []

    def run(walk):
        return subprocess.run(
            [sys.executable, "-W", "ignore", __file__, arguments.holdfast, "--only", walk, "--shots", str(arguments.shots), *more],
            capture_output=True, text=True)

    with concurrent.futures.ThreadPoolExecutor(max_workers=WORKERS) as workers:
        runs = [workers.submit(run, walk) for walk in arguments.only]
        for done in concurrent.futures.as_completed(runs):
            print(done.result().stdout, end="", flush=True)
            print(done.result().stderr, end="", file=sys.stderr, flush=True)
    print(f"screenshots: {arguments.shots}")
    failed = [walk for walk, run in zip(arguments.only, runs) if run.result().returncode != 0]
    if failed:
        sys.exit(f"test-pages: {', '.join(failed)} failed")


main()
