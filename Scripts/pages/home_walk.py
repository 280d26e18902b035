"""The first page says what runs here; every page is light and quick."""

import statistics
import time
import urllib.request

from playwright.sync_api import expect

from . import chain

WEIGHT_MAX = 150_000
MEASURED = 30


def weight(test, path, wait_for):
    """Bytes over the network of a first load, without what the API answers."""
    page = test.page()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    addresses, sizes = {}, {}
    session.on("Network.requestWillBeSent", lambda event: addresses.update({event["requestId"]: event["request"]["url"]}))
    session.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    page.goto(path)
    expect(wait_for(page)).to_be_visible()
    page.wait_for_timeout(300)
    return sum(size for number, size in sizes.items() if "/v1/" not in addresses.get(number, ""))


def walk(test):
    stores, skus = chain.build(test, "h")
    test.api("PUT", "/v1/items/h-umbrella", {"name": "Umbrella, Harbour blue"})
    chain.receive(test, "h/umbrella", "h-umbrella", stores["market"], 40)
    test.api("POST", "/v1/reservations", {"method": "pickup", "location": stores["market"], "confirm": True,
             "lines": [{"sku": "h-umbrella", "quantity": 1}]}, {"Idempotency-Key": "home/1"})
    test.service.command("proof")

    page = test.page()
    page.goto("/")
    expect(page.get_by_role("heading", name="How much can be sold, right now")).to_be_visible()
    expect(page.get_by_text("open promises to customers")).to_be_visible()
    expect(page.get_by_text("figures proved")).to_be_visible()
    expect(page.get_by_role("heading", name="Umbrella, Harbour blue")).to_be_visible()
    expect(page.locator("holdfast-stock [part~=band]")).to_have_text("In stock")
    test.both(page, "home")
    # Right now: a sale shows without a reload.
    before = page.locator(".stat", has_text="in the last minute").locator(".stat-value").text_content()
    for number in range(3):
        chain.move(test, f"h/sale/{number}", "sale", "h-umbrella", stores["market"], 1)
    expect(page.locator(".stat", has_text="in the last minute").locator(".stat-value")).not_to_have_text(before)
    page.get_by_role("link", name="As an associate sees it").click()
    expect(page.get_by_role("heading", name="Umbrella, Harbour blue")).to_be_visible()

    phone = test.page(phone=True)
    phone.goto("/")
    expect(phone.get_by_role("heading", name="Umbrella, Harbour blue")).to_be_visible()
    test.both(phone, "home-phone")

    if test.is_from_disk:
        return
    for path, wait_for in (
            ("/", lambda page: page.get_by_text("open promises to customers")),
            (f"/store/{stores['market']}", lambda page: page.get_by_label("What is the customer looking for?")),
            ("/console", lambda page: page.get_by_role("main"))):
        size = weight(test, path, wait_for)
        times = []
        for _ in range(MEASURED):
            started = time.perf_counter()
            urllib.request.urlopen(test.base + path).read()
            times.append((time.perf_counter() - started) * 1000)
        print(f"  {path}: first load {size:,} bytes; the page answers in {statistics.median(times):.1f} ms, {max(times):.1f} ms at most")
        assert size < WEIGHT_MAX, size
