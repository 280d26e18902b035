"""What the walks through the console share."""

import datetime
import re

from playwright.sync_api import expect

# Other checks may keep the machine busy meanwhile.
WAIT_MS = 60_000


def ago(**span):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**span)).isoformat(timespec="seconds").replace("+00:00", "Z")


def line(event, kind, sku, location, quantity, **more):
    return {"eventId": event, "type": kind, "sku": sku, "location": location, "quantity": quantity, "occurredAt": ago(seconds=0)} | more


def send(test, source, *lines):
    return [one["verdict"] for one in test.api("POST", "/v1/movements", {"source": source, "lines": list(lines)})["results"]]


def open_part(page, name):
    page.get_by_role("navigation", name="Parts of the console").get_by_role("link", name=re.compile(f"^{name}")).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
