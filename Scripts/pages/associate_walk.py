"""An associate finds a jacket in another store and holds it; that store picks it, does not find another one, and hands over."""

import datetime
import re
import time

from playwright.sync_api import expect

from . import chain


def order(test, store, sku, reference, **more):
    return test.api("POST", "/v1/reservations", {
        "method": "pickup", "location": store, "confirm": True, "reference": reference,
        "lines": [{"sku": sku, "quantity": 1}]} | more, {"Idempotency-Key": f"associate/{reference}"})


def open_tab(page, name):
    page.get_by_role("navigation", name="What to do").get_by_role("link", name=re.compile(name)).click()


def walk(test):
    stores, skus = chain.build(test, "a")
    for size, code in chain.JACKETS.items():
        test.api("PUT", "/v1/aliases", {"codeSystem": "gtin", "code": code, "sku": skus[size], "unitsPerCode": 1})
    test.api("PUT", f"/v1/items/{skus['M']}/bins/{stores['market']}", {"bin": "R2-04"})

    # The jacket is not here; the customer decides for Market Street.
    page = test.page(phone=True, role="storeAssociate")
    page.goto("/store")
    page.get_by_label("Name or number").fill(stores["seawall"])
    page.get_by_role("link", name="Seawall Road").click()
    expect(page.get_by_role("heading", name="Seawall Road")).to_be_attached()
    test.both(page, "store-find-empty-phone")
    page.get_by_label("What is the customer looking for?").fill("rain jacket")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_text(re.compile(r"^\d+ articles$"))).to_be_visible()
    expect(page.get_by_role("button", name=re.compile(skus["S"]))).to_be_visible()
    test.both(page, "store-matches-phone")
    # A scanner types, with no field in focus, and ends with Enter.
    page.evaluate("document.activeElement.blur()")
    page.keyboard.type(chain.JACKETS["M"], delay=5)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Harbour rain jacket, navy, M")).to_be_visible()
    expect(page.get_by_text("can be sold here now")).to_contain_text("0")
    expect(page.get_by_role("button", name=re.compile("^L · navy|navy · L"))).to_be_visible()
    test.both(page, "store-card-phone")
    page.get_by_role("button", name="Hold at Market Street").click()
    page.get_by_label("Customer or order").fill("Ida Berg")
    page.wait_for_timeout(100)
    test.both(page, "store-hold-dialog-phone")
    page.get_by_role("button", name="Hold it").click()
    code = page.locator(".pickup-code").text_content()
    expect(page.get_by_text("Give the customer this code")).to_be_visible()
    test.both(page, "store-held-phone")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("2 to sell")).to_be_visible()

    # Market Street, later: one order to pick, one whose jacket is not on its shelf.
    lost = order(test, stores["market"], skus["L"], "Web 4711")
    page.goto(f"/store/{stores['market']}#pick")
    mine = page.get_by_role("article", name="Order Ida Berg")
    expect(mine.get_by_text("R2-04")).to_be_visible()
    test.both(page, "store-pick-phone")
    mine.get_by_role("button", name=re.compile("I take it")).click()
    page.get_by_label("Your name").fill("Sam")
    page.get_by_role("dialog").get_by_role("button", name="I take it").click()
    expect(mine.get_by_text("Sam is on it")).to_be_visible()
    mine.get_by_role("button", name=re.compile("^Picked")).click()
    expect(mine).to_be_hidden()

    page.get_by_role("article", name="Order Web 4711").get_by_role("button", name=re.compile("^Not found")).click()
    page.get_by_role("button", name="It is not there").click()
    expect(page.get_by_role("heading", name="Move it to another store")).to_be_visible()
    expect(page.get_by_role("radio", name=re.compile("Seawall Road"))).to_be_checked()
    test.both(page, "store-move-phone")
    page.get_by_role("dialog").get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("article", name="Order Web 4711")).to_be_hidden()
    moved = test.api("GET", f"/v1/reservations/{lost['id']}")
    assert [one["location"] for one in moved["lines"][0]["allocations"] if one["state"] == "confirmed"] == [stores["seawall"]], moved

    # The customer comes, with the code.
    arriving = order(test, stores["market"], skus["M"], "Web 4712")
    test.api("POST", f"/v1/reservations/{arriving['id']}/arrive", {"place": "Bay 3", "note": "blue van"})
    open_tab(page, "Arrived")
    expect(page.get_by_text("Bay 3")).to_be_visible()
    test.both(page, "store-arrived-phone")
    open_tab(page, "Ready")
    page.get_by_label("Pickup code").fill(code.lower())
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("heading", name=f"The order with the code {code}")).to_be_visible()
    test.both(page, "store-ready-phone")
    before = chain.on_hand(test, skus["M"], stores["market"])
    page.get_by_role("button", name=re.compile("^Hand over")).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Hand over").click()
    expect(page.get_by_text("Nothing waits to be handed over.")).to_be_visible()
    done = test.api("GET", "/v1/reservations?reference=Ida%20Berg")["reservations"]
    assert [one["state"] for one in done] == ["fulfilled"], done
    assert chain.on_hand(test, skus["M"], stores["market"]) == before - 1

    # The missing jacket is what to count first.
    open_tab(page, "Count")
    field = page.get_by_label("Units of Harbour rain jacket, navy, L that you see")
    expect(field).to_be_visible()
    test.both(page, "store-count-phone")
    field.fill("4")
    field.press("Enter")
    expect(field).to_be_hidden()
    assert chain.on_hand(test, skus["L"], stores["market"]) == 4

    # Nobody came for it in time.
    open_tab(page, "Late")
    expect(page.get_by_text("Nothing is late.")).to_be_visible()
    soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3)).isoformat(timespec="seconds")
    forgotten = order(test, stores["market"], skus["L"], "Web 4713", pickupBy=soon)
    test.api("POST", f"/v1/reservations/{forgotten['id']}/ready", {})
    time.sleep(3)
    page.reload()
    late = page.get_by_role("article", name="Order Web 4713")
    expect(late.get_by_text("Not collected")).to_be_visible()
    test.both(page, "store-late-phone")
    late.get_by_role("button", name=re.compile("^Put back")).click()
    page.get_by_role("dialog").get_by_role("button", name="Put back").click()
    expect(page.get_by_text("Nothing is late.")).to_be_visible()
    assert test.api("GET", f"/v1/reservations/{forgotten['id']}")["state"] == "released"

    # The same page at a desk, and by keyboard alone.
    desk = test.page(role="storeAssociate")
    desk.goto(f"/store/{stores['market']}#find/{skus['M']}")
    expect(desk.get_by_role("button", name="Hold at Harbour Place")).to_be_visible()
    test.both(desk, "store-card-desk")
    desk.get_by_label("What is the customer looking for?").focus()
    for _ in range(2):
        desk.keyboard.press("Tab")
    expect(desk.get_by_role("button", name="Hold here")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("dialog")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog")).to_be_hidden()
    expect(desk.get_by_role("button", name="Hold here")).to_be_focused()

    # A camera, where the browser reads codes; Chromium on Linux does not, so what it would read is put in its place.
    camera = test.page(phone=True, role="storeAssociate")
    camera.add_init_script("""globalThis.BarcodeDetector = class {
        static getSupportedFormats() { return Promise.resolve(["ean_13"]); }
        async detect(video) { return video.videoWidth ? [{ rawValue: "%s" }] : []; }
    };""" % chain.JACKETS["L"])
    camera.goto(f"/store/{stores['market']}")
    camera.get_by_role("button", name="Scan with the camera").click()
    expect(camera.get_by_role("heading", name="Harbour rain jacket, navy, L")).to_be_visible()
    expect(camera.get_by_role("dialog")).to_have_count(0)

    # Shipping: another store sends it.
    desk.get_by_role("button", name="Ship", exact=True).click()
    desk.get_by_label("Customer or order").fill("Ship 1")
    desk.get_by_role("button", name="Ship it").click()
    expect(desk.get_by_role("dialog").get_by_text("To be sent from:")).to_be_visible()
    shipped = test.api("GET", "/v1/reservations?reference=Ship%201")["reservations"]
    assert [(one["method"], one["state"]) for one in shipped] == [("ship", "confirmed")], shipped

    # Whoever is bound to this store sees what is here, and nothing of the others.
    bound = test.page(phone=True, role="storeAssociate", more=("--location", stores["market"]))
    bound.goto("/store")
    bound.wait_for_url(f"**/store/{stores['market']}")
    bound.get_by_label("What is the customer looking for?").fill(chain.JACKETS["L"])
    bound.get_by_role("button", name="Find", exact=True).click()
    expect(bound.get_by_text("Your account is for this store")).to_be_visible()
    expect(bound.get_by_role("button", name="Hold here")).to_be_visible()
    expect(bound.get_by_text("Harbour Place")).to_have_count(0)
    test.both(bound, "store-card-bound-phone")

    # Whoever may only sell at a till has no orders to see, and the API says the same.
    till = test.page(role="till")
    till.goto(f"/store/{stores['market']}")
    expect(till.get_by_role("link", name="Find")).to_be_visible()
    expect(till.get_by_role("link", name=re.compile("To pick"))).to_have_count(0)
    refused = till.evaluate("""async () => (await fetch("/v1/reservations", { headers: { Authorization:
        "Bearer " + JSON.parse(sessionStorage.getItem("holdfast.credential")).token } })).status""")
    assert refused == 403, refused
