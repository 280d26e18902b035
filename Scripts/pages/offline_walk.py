"""Entries without a network are kept and sent once, also when the answer to one is lost."""

import re

from playwright.sync_api import expect

from . import chain
from .service import Line

# The page tries again by itself, after forty seconds at the latest.
RESEND_WAIT_MS = 100_000


def counts_in_ledger(test, sku, store):
    lines = test.api("GET", f"/v1/movements?sku={sku}&location={store}&limit=100")["movements"]
    return [line["balanceAfter"]["onHand"] for line in lines if line["type"] == "count"]


def walk(test):
    stores, skus = chain.build(test, "f")
    store = stores["harbour"]
    chain.receive(test, "f/s", skus["S"], store, 5)
    picked = test.api("POST", "/v1/reservations", {
        "method": "pickup", "location": store, "confirm": True, "reference": "Order 1", "lines": [{"sku": skus["M"], "quantity": 2}]},
        {"Idempotency-Key": "offline/1"})
    line = Line(test.base)
    try:
        page = test.page(phone=True, role="storeAssociate", base=line.address)
        page.goto(f"/store/{store}#pick")
        expect(page.get_by_role("article", name="Order Order 1")).to_be_visible()
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.get_by_role("link", name="Count").click()
        field = page.get_by_label("Units of Harbour rain jacket, navy, M that you see")
        expect(field).to_be_visible()

        # The network goes. What is entered is kept, and said to be.
        line.cut()
        field.fill("6")
        field.press("Enter")
        expect(page.get_by_role("button", name="1 entry waits to be sent")).to_be_visible()
        page.get_by_role("link", name=re.compile("To pick")).click()
        mine = page.get_by_role("article", name="Order Order 1")
        expect(page.get_by_text(re.compile("^This list is from"))).to_be_visible()
        mine.get_by_role("button", name=re.compile("^Picked")).click()
        expect(mine.get_by_text("On this device, not sent yet: Picked")).to_be_visible()
        expect(page.get_by_role("button", name="2 entries wait to be sent")).to_be_visible()
        test.both(page, "store-offline-phone")
        # A promise is none without the service, and the page says so.
        page.get_by_role("link", name="Find").click()

        # The phone is put away: the page comes back from what the browser kept, and so do the entries.
        page.goto(f"/store/{store}#pick")
        expect(page.get_by_role("button", name="2 entries wait to be sent")).to_be_visible()
        expect(page.get_by_role("article", name="Order Order 1").get_by_text("On this device")).to_be_visible()
        page.get_by_role("button", name="2 entries wait to be sent").click()
        expect(page.get_by_role("dialog").get_by_text("6 × Harbour rain jacket, navy, M counted")).to_be_visible()
        test.both(page, "store-outbox-phone")
        page.get_by_role("dialog").get_by_role("button", name="Done").click()

        # The network is back, but the answer to the first request is lost on its way: the entry is sent again.
        lost = []

        def lose(route):
            answer = route.fetch()
            lost.append(answer.status)
            route.abort() if len(lost) == 1 else route.fulfill(response=answer)

        page.route("**/v1/counts", lose)
        line.mend()
        expect(page.get_by_role("button", name=re.compile("wait"))).to_be_hidden(timeout=RESEND_WAIT_MS)
        assert lost == [200, 200], lost
        assert counts_in_ledger(test, skus["M"], store) == [6], counts_in_ledger(test, skus["M"], store)
        state = test.api("GET", f"/v1/reservations/{picked['id']}")["state"]
        assert state == "ready", state
        expect(page.get_by_text("Connected")).to_be_visible()

        # A promise is asked for with one key: when its answer is lost, the associate tries again and it is taken once.
        page.unroute("**/v1/counts")
        lost.clear()
        page.route("**/v1/reservations", lose)
        page.goto(f"/store/{store}#find/{skus['S']}")
        page.get_by_role("button", name="Hold here").click()
        page.get_by_label("Customer or order").fill("Order 2")
        page.get_by_role("button", name="Hold it").click()
        expect(page.get_by_text("do not count on it yet")).to_be_visible()
        page.get_by_role("button", name="Hold it").click()
        expect(page.locator(".pickup-code")).to_be_visible()
        held = test.api("GET", "/v1/reservations?reference=Order%202")["reservations"]
        assert lost == [201, 201] and len(held) == 1, (lost, held)
        page.get_by_role("dialog").get_by_role("button", name="Done").click()
        page.unroute("**/v1/reservations")

        # What the service refuses stays until somebody has decided about it.
        line.cut()
        page.get_by_role("link", name=re.compile("Ready")).click()
        mine = page.get_by_role("article", name="Order Order 1")
        mine.get_by_role("button", name=re.compile("^Hand over")).click()
        page.get_by_role("dialog").get_by_role("button", name="Hand over").click()
        expect(page.get_by_role("button", name="1 entry waits to be sent")).to_be_visible()
        test.api("POST", f"/v1/reservations/{picked['id']}/release", {}, {"Idempotency-Key": "offline/release"})
        line.mend()
        refused = page.get_by_role("button", name="1 entry did not go through")
        expect(refused).to_be_visible(timeout=RESEND_WAIT_MS)
        refused.click()
        test.both(page, "store-refused-phone")
        expect(page.get_by_role("dialog").get_by_text("Hand over: Order 1")).to_be_visible()
        before = chain.on_hand(test, skus["M"], store)
        page.get_by_role("button", name="Record as sold").click()
        expect(page.get_by_text("Everything has been sent.")).to_be_visible()
        page.get_by_role("dialog").get_by_role("button", name="Done").click()
        expect(page.get_by_role("button", name=re.compile("wait"))).to_be_hidden()
        assert chain.on_hand(test, skus["M"], store) == before - 2

        # After a change of shift nobody sends what somebody else entered.
        page.get_by_role("link", name="Count").click()
        line.cut()
        field = page.get_by_label("Units of Harbour rain jacket, navy, S that you see")
        field.fill("5")
        field.press("Enter")
        expect(page.get_by_role("button", name="1 entry waits to be sent")).to_be_visible()
        # Signing in needs the service, so this is put in its place; the page has not asked who it is now.
        page.context.add_init_script("""sessionStorage.setItem("holdfast.credential", JSON.stringify({ kind: "token", token: "%s" }));
            sessionStorage.removeItem("holdfast.who");""" % test.token("operator"))
        page.reload()
        expect(page.get_by_role("heading", name="Harbour Place")).to_have_count(0)
        expect(page.get_by_text("No connection")).to_be_visible()
        line.mend()
        page.get_by_role("button", name="Try again").click()
        page.get_by_role("button", name="1 entry waits to be sent").click()
        expect(page.get_by_text("Entered by pages-storeAssociate")).to_be_visible()
        assert counts_in_ledger(test, skus["S"], store) == []
    finally:
        line.close()
