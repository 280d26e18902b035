"""A shopper sees "Only 2 left" become "Sold out" within a second of the sale, in the widget on a page of the shop."""

import functools
import gzip
import http.server
import pathlib
import re
import tempfile
import threading
import time

from playwright.sync_api import expect

from . import chain

WITHIN_SECONDS = 1.0
TRIES = 5
WIDGET_BYTES_MAX = 10_000


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def walk(test):
    widget = pathlib.Path(__file__).resolve().parent.parent.parent / "Pages" / "widget.js"
    packed = len(gzip.compress(widget.read_bytes()))
    print(f"  widget.js: {packed:,} bytes packed")
    assert packed < WIDGET_BYTES_MAX, packed
    stores, skus = chain.build(test, "w")
    sku = skus["S"]
    test.api("PUT", f"/v1/thresholds/{sku}", {"scope": {"sku": sku}, "quantity": 3})
    text = test.service.command("keys", "create", "--client", "web-page", "--scope", "availability:public")
    key = re.search(r"hfk_\w[\w-]+", text)[0]
    with tempfile.TemporaryDirectory(prefix="holdfast-shop-") as name:
        folder = pathlib.Path(name)
        (folder / "index.html").write_text(f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Rain jacket</title>
            <meta name="viewport" content="width=device-width">
            <style>body {{ font: 18px sans-serif; margin: 2rem }} holdfast-stock::part(band) {{ font-size: 1.5rem }}</style>
            <main><h1>Harbour rain jacket, navy, S</h1>
            <holdfast-stock sku="{sku}" service="{test.base}" key="{key}" latitude="51.5" longitude="-0.1"></holdfast-stock></main>
            <script src="{test.base}/widget.js" defer></script></html>""", encoding="utf-8")
        shop = http.server.ThreadingHTTPServer(
            ("127.0.0.1", test.service.shop_port), functools.partial(Quiet, directory=folder))
        threading.Thread(target=shop.serve_forever, daemon=True).start()
        try:
            watch(test, stores, sku, test.service.shop_origin)
        finally:
            shop.shutdown()
            shop.server_close()


def watch(test, stores, sku, address):
    page = test.page(phone=True, role=None, base=address)
    page.goto("/index.html")
    band = page.locator("holdfast-stock [part~=band]")
    expect(band).to_have_text("In stock")
    page.get_by_text("Pick up in a store").click()
    expect(page.get_by_text(re.compile("Ready by .* open"))).to_be_visible()
    test.both(page, "widget-in-stock-phone")
    page.get_by_role("button", name="Make this my store: Seawall Road").click()
    expect(page.get_by_text("My store: Seawall Road")).to_be_visible()
    assert page.context.cookies() == []
    chain.move(test, "w/sale/1", "sale", sku, stores["seawall"], 2)
    # A machine that was busy meanwhile is asked again.
    for attempt in range(TRIES):
        if attempt:
            chain.receive(test, f"w/again/{attempt}", sku, stores["seawall"], 2)
        expect(band).to_have_text("Only 2 left")
        # It takes a while, so that nothing has happened for a moment before any of the sales.
        test.both(page, "widget-only-2-left-phone")
        # From the sale to the word on the page, in the page's own time.
        page.evaluate("""() => {
            const band = document.querySelector("holdfast-stock").shadowRoot.querySelector("[part~=band]");
            window.soldOut = new Promise((resolve) => new MutationObserver(() => {
                if (band.textContent === "Sold out") resolve(Date.now());
            }).observe(band, { subtree: true, childList: true, characterData: true }));
        }""")
        sold = time.time()
        chain.move(test, f"w/sold-out/{attempt}", "sale", sku, stores["seawall"], 2)
        took = page.evaluate("() => window.soldOut") / 1000 - sold
        print(f"  \"Sold out\" {took * 1000:.0f} ms after the sale was sent")
        if took < WITHIN_SECONDS:
            break
    assert took < WITHIN_SECONDS, took
    expect(page.get_by_text(re.compile("My store: Seawall Road"))).to_be_visible()
    test.both(page, "widget-sold-out-phone")
    # The shopper's store is remembered without a cookie.
    page.reload()
    expect(page.get_by_text("My store: Seawall Road")).to_be_visible()
    # Away and back: the browser may have kept the page, without its connection.
    page.goto("about:blank")
    page.go_back()
    expect(band).to_have_text("Sold out")
    # And it comes back by itself.
    chain.receive(test, "w/more", sku, stores["harbour"], 9)
    expect(band).to_have_text("In stock")
