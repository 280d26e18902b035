"""The other parts of the console, each with something in it; what a role may not do is not shown."""

import re

from playwright.sync_api import expect

from . import chain
from .console import WAIT_MS, ago, line, open_part, send

# Parts whose screenshots are kept.
PARTS = ["transfers", "reconciliations", "shadow", "imports", "webhooks", "proof", "keys", "audit"]


def walk(test):
    expect.set_options(timeout=WAIT_MS)
    stores, skus = chain.build(test, "c")
    market, harbour, jacket = stores["market"], stores["harbour"], skus["M"]
    test.api("PUT", "/v1/items/c-scarf", {"name": "Scarf, sea green"})
    assert send(test, "c-erp", line("c/1", "receipt", "c-scarf", market, 5), line("c/2", "receipt", "c-hat", market, 2)) == ["applied", "parked"]
    page = test.page()
    page.goto("/console")
    keeps_one_back(test, page, jacket, harbour)
    looks_around(test, page, jacket, stores)
    fits_a_phone(test, jacket, harbour)
    sees_what_a_role_may(test, jacket, harbour)


def keeps_one_back(test, page, jacket, harbour):
    open_part(page, "Rules")
    page.get_by_role("button", name="New rule").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name of the rule").fill("c-keep")
    dialog.get_by_label("Item", exact=True).fill(jacket)
    dialog.get_by_label("Store", exact=True).fill(harbour)
    dialog.get_by_label("Units to keep back").fill("1")
    dialog.get_by_role("button", name="See what it changes").click()
    expect(dialog.get_by_text(re.compile(r"To sell goes from 6 to 5 \(−1\)"))).to_be_visible()
    test.both(page, "console-rule")
    dialog.get_by_role("button", name="Save rule").click()
    expect(page.get_by_role("region", name="Rules").get_by_text("c-keep")).to_be_visible()
    test.both(page, "console-rules")
    assert test.api("GET", f"/v1/availability/{jacket}/{harbour}")["availableToSell"] == 5


def looks_around(test, page, jacket, stores):
    market, harbour, seawall = stores["market"], stores["harbour"], stores["seawall"]
    transfer = test.api("POST", "/v1/transfers", {
        "reference": "TR-500", "from": market, "to": harbour, "expectedAt": ago(days=-1), "reserve": False,
        "lines": [{"id": "1", "sku": "c-scarf", "quantity": 3}]}, {"Idempotency-Key": "console/transfer"})
    test.api("POST", f"/v1/transfers/{transfer['id']}/ship", {"source": "c-wms", "eventId": "c/ship", "lines": [{"id": "1", "quantity": 3}]})
    test.api("PUT", "/v1/webhooks/c-shop", {"url": "https://hooks.shop.invalid/holdfast", "description": "The web shop", "types": ["reservation.atRisk"]})
    test.api("PATCH", f"/v1/locations/{seawall}", {"mode": "shadow"}, {"Content-Type": "application/merge-patch+json"})
    test.api("POST", "/v1/reconciliations", {
        "source": "c-books", "eventId": "c/night", "asOf": ago(seconds=1), "location": seawall,
        "lines": [{"sku": f"c-jacket-{size}", "quantity": quantity} for size, quantity in (("s", 4), ("l", 3))]})
    page.goto("/console/imports")
    page.get_by_role("button", name="Send a file").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("File").set_input_files({
        "name": "receipts.csv", "mimeType": "text/csv",
        "buffer": f"eventId,type,sku,location,quantity,occurredAt\nc-r1,receipt,{jacket},{market},2,{ago(minutes=2)}\nc-r2,receipt,{jacket},{market},2O,{ago(minutes=2)}\n".encode()})
    dialog.get_by_label(re.compile("^Source")).fill("c-erp")
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
    assert chain.on_hand(test, "c-scarf", harbour) == 3
    page.goto("/console/webhooks/c-shop")
    expect(page.get_by_role("heading", name="The web shop")).to_be_visible()
    test.both(page, "console-webhook")

    page.goto("/console/keys")
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(re.compile("^Client")).fill("c-pos-1")
    dialog.get_by_label("What it is for").fill("Till at Market Street")
    dialog.get_by_label("Role").select_option("till")
    dialog.get_by_role("button", name="Make key").click()
    expect(page.get_by_role("dialog").get_by_text(re.compile("^hfk_"))).to_be_visible()
    page.get_by_role("button", name="I have kept it").click()
    page.get_by_role("button", name="Revoke the key of c-pos-1").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Revoked", exact=True)).to_be_visible()


def fits_a_phone(test, jacket, harbour):
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
    expect(analyst.get_by_role("region", name="Rules").get_by_text("c-keep")).to_be_visible()
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
