"""An operator finds the dark store, mends exceptions, moves a promise that broke, and explains a figure."""

import datetime
import re

from playwright.sync_api import expect

from . import chain

# Looking for silence takes the store's limit and the service's next look.
SILENCE_WAIT_MS = 60_000
WAIT_MS = 15_000
# Parts whose screenshots are kept; each is looked at by axe in both colour schemes.
PARTS = ["transfers", "reconciliations", "shadow", "imports", "webhooks", "proof", "keys", "audit"]


def ago(**span):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**span)).isoformat(timespec="seconds").replace("+00:00", "Z")


def line(event, kind, sku, location, quantity, **more):
    return {"eventId": event, "type": kind, "sku": sku, "location": location, "quantity": quantity, "occurredAt": ago(seconds=0)} | more


def send(test, source, *lines):
    return [one["verdict"] for one in test.api("POST", "/v1/movements", {"source": source, "lines": list(lines)})["results"]]


def open_part(page, name):
    page.get_by_role("navigation", name="Parts of the console").get_by_role("link", name=re.compile(f"^{name}")).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def walk(test):
    # Other checks may keep the machine busy meanwhile.
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
    keeps_one_back(test, page, jacket, harbour)
    looks_around(test, page, jacket, stores)
    sees_what_a_role_may(test, jacket, harbour)


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
    queue.get_by_role("button", name="Line that cannot be meant").first.click()
    page.get_by_role("dialog").get_by_text("The line as it was sent").click()
    test.both(page, "console-exception")
    page.get_by_role("dialog").get_by_role("button", name="Correct").click()
    page.get_by_label("quantity", exact=True).fill("10")
    test.shot(page, "console-exception-correct")
    page.get_by_role("dialog").get_by_role("button", name="Correct").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(queue.get_by_role("button", name="Line that cannot be meant")).to_have_count(0)
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
    page.get_by_role("button", name="Move the whole order O-1001 to Harbour Place").click()
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
    moment = datetime.datetime.now(datetime.timezone.utc)
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


def keeps_one_back(test, page, jacket, harbour):
    open_part(page, "Rules")
    page.get_by_role("button", name="New rule").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name of the rule").fill("o-keep")
    dialog.get_by_label("Item", exact=True).fill(jacket)
    dialog.get_by_label("Store", exact=True).fill(harbour)
    dialog.get_by_label("Units to keep back").fill("1")
    dialog.get_by_role("button", name="See what it changes").click()
    expect(dialog.get_by_text(re.compile(r"To sell goes from 3 to 2 \(−1\)"))).to_be_visible()
    test.both(page, "console-rule")
    dialog.get_by_role("button", name="Save rule").click()
    expect(page.get_by_role("region", name="Rules").get_by_text("o-keep")).to_be_visible()
    test.both(page, "console-rules")
    assert test.api("GET", f"/v1/availability/{jacket}/{harbour}")["availableToSell"] == 2


def looks_around(test, page, jacket, stores):
    """The other parts, each with something in it."""
    market, harbour, seawall = stores["market"], stores["harbour"], stores["seawall"]
    transfer = test.api("POST", "/v1/transfers", {
        "reference": "TR-500", "from": market, "to": harbour, "expectedAt": ago(days=-1), "reserve": False,
        "lines": [{"id": "1", "sku": "o-scarf", "quantity": 3}]}, {"Idempotency-Key": "operator/transfer"})
    test.api("POST", f"/v1/transfers/{transfer['id']}/ship", {"source": "o-wms", "eventId": "o/ship", "lines": [{"id": "1", "quantity": 3}]})
    test.api("PUT", "/v1/webhooks/o-shop", {"url": "https://hooks.shop.invalid/holdfast", "description": "The web shop", "types": ["reservation.atRisk"]})
    test.api("PATCH", f"/v1/locations/{seawall}", {"mode": "shadow"}, {"Content-Type": "application/merge-patch+json"})
    test.api("POST", "/v1/reconciliations", {
        "source": "o-books", "eventId": "o/night", "asOf": ago(seconds=1), "location": seawall,
        "lines": [{"sku": f"o-jacket-{size}", "quantity": quantity} for size, quantity in (("s", 4), ("l", 3))]})
    page.goto("/console/imports")
    page.get_by_role("button", name="Send a file").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("File").set_input_files({
        "name": "receipts.csv", "mimeType": "text/csv",
        "buffer": f"eventId,type,sku,location,quantity,occurredAt\no-r1,receipt,{jacket},{market},2,{ago(minutes=2)}\no-r2,receipt,{jacket},{market},2O,{ago(minutes=2)}\n".encode()})
    dialog.get_by_label(re.compile("^Source")).fill("o-erp")
    dialog.get_by_label(re.compile("^Only try it")).uncheck()
    dialog.get_by_role("button", name="Send a file").click()
    expect(page.get_by_text("1 rejected")).to_be_visible()
    expect(page.get_by_role("region", name="Rows to look at")).to_contain_text("2O")
    test.both(page, "console-import")

    for part in PARTS:
        page.goto(f"/console/{part}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator(".loading")).to_have_count(0)
        test.both(page, f"console-{part}")

    page.goto(f"/console/transfers/{transfer['id']}")
    page.get_by_role("button", name="Receive").click()
    page.get_by_role("dialog").get_by_role("button", name="Receive").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".badge", has_text="Received")).to_be_visible()
    assert chain.on_hand(test, "o-scarf", harbour) == 3
    page.goto("/console/webhooks/o-shop")
    expect(page.get_by_role("heading", name="The web shop")).to_be_visible()
    test.both(page, "console-webhook")

    page.goto("/console/keys")
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(re.compile("^Client")).fill("o-pos-1")
    dialog.get_by_label("What it is for").fill("Till at Market Street")
    dialog.get_by_label("Role").select_option("till")
    dialog.get_by_role("button", name="Make key").click()
    expect(page.get_by_role("dialog").get_by_text(re.compile("^hfk_"))).to_be_visible()
    page.get_by_role("button", name="I have kept it").click()
    page.get_by_role("button", name="Revoke the key of o-pos-1").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Revoked", exact=True)).to_be_visible()

    phone = test.page(phone=True)
    for part in ("", "stores", "exceptions", "promises", f"items/{jacket}/{harbour}"):
        phone.goto(f"/console/{part}")
        expect(phone.get_by_role("heading", level=1)).to_be_visible()
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{part} is wider than a phone"
        test.both(phone, f"console-{part.split('/')[0] or 'overview'}-phone")
    phone.get_by_text("Find anything").first.click()
    phone.get_by_role("navigation", name="Parts of the console").get_by_role("link", name="Proof").click()
    expect(phone.get_by_role("heading", level=1, name="Proof")).to_be_visible()


def sees_what_a_role_may(test, jacket, harbour):
    """What a role may not do is not shown, and the API refuses it as well."""
    analyst = test.page(role="analyst")
    analyst.goto("/console/exceptions")
    expect(analyst.get_by_role("region", name="Exceptions").get_by_role("button").first).to_be_visible()
    expect(analyst.get_by_role("checkbox")).to_have_count(0)
    menu = analyst.get_by_role("navigation", name="Parts of the console")
    for name in ("API keys", "Audit", "Webhooks", "Imports"):
        expect(menu.get_by_role("link", name=name)).to_have_count(0)
    analyst.goto("/console/rules")
    expect(analyst.get_by_role("region", name="Rules").get_by_text("o-keep")).to_be_visible()
    expect(analyst.get_by_role("button", name="New rule")).to_have_count(0)
    analyst.goto("/console/keys")
    expect(analyst.get_by_text("This page is not for your account")).to_be_visible()
    refused = analyst.evaluate("""async () => (await fetch("/v1/api-keys", { headers: { Authorization:
        "Bearer " + JSON.parse(sessionStorage.getItem("holdfast.credential")).token } })).status""")
    assert refused == 403, refused

    # Somebody who is bound to one store sees that store.
    bound = test.page(role="storeAssociate", more=("--location", harbour))
    bound.goto("/console/stores")
    expect(bound.get_by_role("link", name=re.compile("^Harbour Place"))).to_be_visible()
    expect(bound.get_by_role("link", name=re.compile("^Market Street"))).to_have_count(0)
    bound.goto(f"/console/items/{jacket}/{harbour}")
    expect(bound.get_by_role("img", name=re.compile("on hand to"))).to_be_visible()
