"""An operator finds the dark store, mends exceptions, moves a promise that broke, and explains a figure."""

import datetime
import re
import zoneinfo

from playwright.sync_api import expect

from . import chain
from .console import WAIT_MS, line, open_part, send

# Looking for silence takes the store's limit and the service's next look.
SILENCE_WAIT_MS = 100_000


def walk(test):
    expect.set_options(timeout=WAIT_MS)
    stores, skus = chain.build(test, "o")
    seawall, market, harbour = stores["seawall"], stores["market"], stores["harbour"]
    jacket = skus["M"]
    test.api("PATCH", f"/v1/locations/{seawall}", {"silenceLimitSeconds": 10}, {"Content-Type": "application/merge-patch+json"})
    test.api("POST", "/v1/sources/o-pulse/heartbeat", {"locations": list(stores.values())})

    page = test.page()
    page.goto("/console")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="How is it going?")).to_be_visible()

    mends_exceptions(test, page, jacket, market)
    moves_a_promise(test, page, jacket, market, harbour)
    finds_the_dark_store(test, page, seawall)
    explains_a_figure(test, page, jacket, harbour)


def mends_exceptions(test, page, jacket, market):
    open_part(page, "Exceptions")
    before = test.api("GET", f"/v1/availability/{jacket}/{market}")["onHand"]
    # They come by the stream, while somebody looks.
    verdicts = send(
        test, "o-erp", line("o/x1", "receipt", "o-cap", market, 3), line("o/x2", "receipt", "o-scarf", market, 4),
        line("o/x3", "receipt", jacket, market, "1O"))
    assert verdicts == ["parked", "parked", "rejected"], verdicts
    queue = page.get_by_role("region", name="Exceptions")
    expect(queue.get_by_text("o-scarf", exact=True)).to_be_visible()
    test.both(page, "console-exceptions")

    # Many at once.
    for sku in ("o-cap", "o-scarf"):
        queue.get_by_role("row").filter(has_text=sku).get_by_role("checkbox").check()
    expect(page.get_by_text("2 ticked")).to_be_visible()
    page.get_by_role("button", name="Take", exact=True).click()
    page.get_by_label("Name or desk").fill("night desk")
    page.get_by_role("dialog").get_by_role("button", name="Take").click()
    expect(queue.get_by_text("night desk")).to_have_count(2)
    for sku in ("o-cap", "o-scarf"):
        queue.get_by_role("row").filter(has_text=sku).get_by_role("checkbox").check()
    page.get_by_role("button", name="Accept as new").click()
    test.shot(page, "console-exceptions-dialog")
    page.get_by_role("dialog").get_by_role("button", name="Accept as new").click()
    expect(page.get_by_text("2 exceptions are resolved.").first).to_be_visible()
    assert chain.on_hand(test, "o-scarf", market) == 4

    # One by one: what was sent, and the field that is wrong.
    queue.get_by_role("button", name="Rejected line").first.click()
    page.get_by_role("dialog").get_by_text("The line as it was sent").click()
    test.both(page, "console-exception")
    page.get_by_role("dialog").get_by_role("button", name="Correct").click()
    page.get_by_label("quantity", exact=True).fill("10")
    test.shot(page, "console-exception-correct")
    page.get_by_role("dialog").get_by_role("button", name="Correct").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(queue.get_by_role("button", name="Rejected line")).to_have_count(0)
    assert chain.on_hand(test, jacket, market) == before + 10
    # Back to where it was, so that the till's sale below leaves a promise without cover.
    assert send(test, "o-pos", line("o/vendor", "vendorReturn", jacket, market, 10)) == ["applied"]


def moves_a_promise(test, page, jacket, market, harbour):
    open_part(page, "Promises")
    expect(page.get_by_text("Every promise is covered.")).to_be_visible()
    order = test.api("POST", "/v1/reservations", {
        "method": "pickup", "location": market, "channel": "web", "owner": "ada", "reference": "O-1001", "confirm": True,
        "lines": [{"id": "1", "sku": jacket, "quantity": 2}]}, {"Idempotency-Key": "operator/order"})
    assert send(test, "o-till", line("o/till/1", "sale", jacket, market, 2)) == ["appliedUncovered"]
    row = page.get_by_role("row").filter(has_text="O-1001")
    expect(row.get_by_text("1 missing")).to_be_visible()
    expect(row.get_by_text(re.compile("to Harbour Place, [0-9.]+ km"))).to_be_visible()
    test.both(page, "console-promises")
    row.get_by_role("link", name="O-1001").click()
    expect(page.get_by_role("heading", name="Order O-1001")).to_be_visible()
    test.both(page, "console-promise")
    page.go_back()
    page.get_by_role("button", name="Move order O-1001 to Harbour Place").click()
    expect(page.get_by_text("Order O-1001 is kept at Harbour Place now.").first).to_be_visible()
    expect(page.get_by_text("Every promise is covered.")).to_be_visible()
    moved = test.api("GET", f"/v1/reservations/{order['id']}")
    assert moved["location"] == harbour and not moved["atRisk"], moved


def finds_the_dark_store(test, page, seawall):
    open_part(page, "Stores")
    row = page.get_by_role("link", name=re.compile("^Seawall Road.*Silent")).first
    expect(row).to_be_visible(timeout=SILENCE_WAIT_MS)
    expect(page.locator(".list > li").first).to_contain_text("Seawall Road")
    test.both(page, "console-stores")
    row.click()
    expect(page.get_by_text(re.compile("Seawall Road has not been heard for"))).to_be_visible()
    test.both(page, "console-store")
    page.get_by_role("link", name=re.compile("^Exceptions 1")).or_(page.locator("a.stat", has_text="Exceptions")).first.click()
    expect(page.get_by_text(re.compile("Seawall Road has not been heard for"))).to_be_visible()
    # The line is back: everything that said so says so no more, without a reload.
    page.goto("/console")
    expect(page.get_by_text("1 store is silent")).to_be_visible()
    test.both(page, "console-overview")
    test.api("POST", "/v1/sources/o-pulse/heartbeat", {"locations": [seawall]})
    test.api("PATCH", f"/v1/locations/{seawall}", {"silenceLimitSeconds": 3600}, {"Content-Type": "application/merge-patch+json"})
    expect(page.get_by_text("Every store is being heard.").first).to_be_visible(timeout=SILENCE_WAIT_MS)


def explains_a_figure(test, page, jacket, harbour):
    # The field of the page below is in the store's zone.
    moment = datetime.datetime.now(zoneinfo.ZoneInfo(chain.ZONE))
    open_part(page, "Find anything")
    page.get_by_label("What are you looking for?").fill("rain jacket, navy, m")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("Harbour rain jacket, navy, M")).and_(page.locator(f"[href$='{jacket}']")).click()
    expect(page.get_by_text("To sell in all stores")).to_be_visible()
    test.both(page, "console-item")
    page.get_by_role("region", name="In the stores").get_by_role("link", name="Harbour Place").click()
    expect(page.get_by_role("heading", name="Harbour rain jacket, navy, M at Harbour Place")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("From 6 on hand to 4 to sell"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Promised −2"))).to_be_visible()
    expect(page.get_by_role("link", name="O-1001").first).to_be_visible()
    expect(page.get_by_role("region", name=re.compile("Ledger lines"))).to_contain_text("Receipt")
    # A sale elsewhere shows at once.
    assert send(test, "o-till", line("o/till/2", "sale", jacket, harbour, 1)) == ["applied"]
    expect(page.get_by_role("img", name=re.compile("From 5 on hand to 3 to sell"))).to_be_visible()
    page.get_by_label(re.compile("At which moment")).fill(moment.strftime("%Y-%m-%dT%H:%M:%S"))
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text(re.compile("we showed 4 to sell: In stock"))).to_be_visible()
    test.both(page, "console-balance")
    # The same by a click into the chart.
    page.get_by_role("img", name=re.compile("^On hand over 30 days")).click(position={"x": 400, "y": 60})
    expect(page.get_by_text(re.compile("did not know this item"))).to_be_visible()
