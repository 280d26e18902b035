#!/usr/bin/env python3
"""Walks through the pages in Chromium as the people do for whom they are: test-pages.py HOLDFAST [--from-disk] [--only WALK …]
[--shots FOLDER].

A service that asks for tokens serves the pages; the walks are in Scripts/pages. Each looks at its pages with axe, in both
colour schemes and at a phone's width, and leaves screenshots. With --from-disk the pages come from Pages/ through
serve-pages.py, and not from the program: for whoever works on them.
"""

import argparse
import contextlib
import importlib
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from pages.browser import Test  # noqa: E402
from pages.service import Service, serve_from_disk  # noqa: E402

WALKS = ["home_walk", "signin_walk", "associate_walk", "offline_walk", "shopper_walk", "operator_walk"]
SHOTS = pathlib.Path(__file__).resolve().parent.parent / ".build" / "pages-screenshots"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("holdfast")
    parser.add_argument("--from-disk", action="store_true")
    parser.add_argument("--only", nargs="*", default=WALKS)
    parser.add_argument("--shots", type=pathlib.Path, default=SHOTS)
    arguments = parser.parse_args()
    arguments.shots.mkdir(parents=True, exist_ok=True)
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
    print(f"screenshots: {arguments.shots}")


main()
