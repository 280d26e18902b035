#!/usr/bin/env python3
"""Writes the pictures of pages that README and docs/pages.md show, to docs/images.

    Scripts/screenshot.py HOLDFAST [--service http://127.0.0.1:8080]

Starts a demo of its own (a minute or two), or takes one that runs already. Chromium prints the page, and pdftocairo makes
paths of the print: a picture that is sharp at any size, needs no fonts, and can be read and compared as text.
"""

import argparse
import contextlib
import math
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from playwright.sync_api import sync_playwright  # noqa: E402

from pages.browser import CHROMIUM  # noqa: E402
from pages.service import ROOT, free_port  # noqa: E402
from pages.vector import shrunk  # noqa: E402

IMAGES = ROOT / "docs" / "images"
# Each: its name, its page, its width in pixels, what is there when the page is ready, and with what it ends.
PICTURES = [
    # Orders, a safety stock and a ring-fence are behind this figure.
    ("console-item", "/console/items/995242/422?channel=web", 1140, "#live[data-state=live]", ".waterfall .table-wrap"),
    ("store-card", "/store/367#find/1082185", 720, ".aisle .place", ".aisle .list > li:nth-child(3)"),
]
MARGIN = 10
START_SECONDS = 600
# The first reader of a new demo's feed waits until its lines have their places in it.
WAIT_MS = 180_000
END_SECONDS = 180
KILOBYTES_MAX = 160
# A print is one page high, its shadows become images, and a border of two widths is not drawn well by what reads it.
STYLE = """
html, body { height: %dpx; overflow: hidden; }
body { border: 1px solid var(--line); }
:root { --shadow: none; }
.stat[data-tone], .notice, .here { border: 1px solid var(--line) !important; }
*, *::before, *::after { animation: none !important; transition: none !important; }
"""


@contextlib.contextmanager
def demo(holdfast):
    """A new demo in which nothing happens after its summary, so that two pictures differ only where the page does."""
    with tempfile.TemporaryDirectory(prefix="holdfast-screenshot-") as name:
        folder = pathlib.Path(name)
        # The embedded PostgreSQL runs as another user when this runs as root.
        folder.chmod(0o755)
        port, log = free_port(), folder / "demo.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [holdfast, "demo", "--still", "--data-dir", folder / "data", "--http-port", str(port)], cwd=ROOT,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + START_SECONDS
            while "Holdfast serves on" not in log.read_text():
                if process.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"screenshot: the demo did not start: {log.read_text()[-2_000:]}")
                time.sleep(0.5)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(END_SECONDS)


def print_page(browser, address, width, ready, end, to):
    # The pages' policy allows no style but their own.
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="light", locale="en-GB", timezone_id="UTC", bypass_csp=True)
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto(address)
    for one in (ready, end):
        page.locator(one).first.wait_for()
    page.emulate_media(media="screen")
    height = math.ceil(page.locator(end).evaluate("one => one.getBoundingClientRect().bottom + scrollY")) + MARGIN
    page.add_style_tag(content=STYLE % height)
    page.pdf(path=to, width=f"{width}px", height=f"{height}px", print_background=True)
    context.close()


def picture(browser, *page):
    with tempfile.TemporaryDirectory(prefix="holdfast-print-") as name:
        folder = pathlib.Path(name)
        print_page(browser, *page, folder / "page.pdf")
        subprocess.run(["pdftocairo", "-svg", "-f", "1", "-l", "1", folder / "page.pdf", folder / "page.svg"], check=True)
        svg = (folder / "page.svg").read_text()
    if "<image" in svg:
        sys.exit("screenshot: something of the page became an image; a shadow or a filter?")
    return shrunk(svg)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("holdfast", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--service", help="the address of a demo that runs already")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        address = (arguments.service or stack.enter_context(demo(arguments.holdfast))).rstrip("/")
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        for name, path, *page in PICTURES:
            svg = picture(browser, address + path, *page)
            kilobytes = math.ceil(len(svg) / 1_024)
            if kilobytes > KILOBYTES_MAX:
                sys.exit(f"screenshot: {name} has {kilobytes} kB, more than {KILOBYTES_MAX}")
            (IMAGES / f"{name}.svg").write_text(svg)
            print(f"screenshot: docs/images/{name}.svg, {kilobytes} kB")
        browser.close()


main()
