"""A small chain of shops by the sea: what the associate's and the shopper's walks sell."""

import datetime

STORES = {
    "seawall": ("Seawall Road", 51.5, -0.10), "market": ("Market Street", 51.52, -0.14), "harbour": ("Harbour Place", 51.47, -0.05),
}
JACKETS = {"S": "5012345678900", "M": "5012345678917", "L": "5012345678924"}
WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ZONE = "Europe/London"
HOURS = {day: [{"opens": "00:00", "closes": "24:00"}] for day in WEEK} | {"exceptions": []}


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def receive(test, event, sku, location, quantity):
    move(test, event, "receipt", sku, location, quantity)


def move(test, event, kind, sku, location, quantity):
    answer = test.api("POST", "/v1/movements", {"source": f"pos-{location}", "lines": [{
        "eventId": event, "type": kind, "sku": sku, "location": location, "quantity": quantity, "occurredAt": now()}]})
    assert answer["results"][0]["verdict"] == "applied", answer


def build(test, prefix):
    """Stores, jackets and their stock, under ids that begin with `prefix`. Returns the ids of stores and skus by size."""
    stores = {}
    for key, (name, latitude, longitude) in STORES.items():
        stores[key] = f"{prefix}-{key}"
        test.api("PUT", f"/v1/locations/{stores[key]}", {
            "name": name, "coordinates": {"latitude": latitude, "longitude": longitude}, "timeZone": ZONE,
            "openingHours": HOURS, "leadTimeMinutes": 45, "silenceLimitSeconds": 3600})
    skus = {}
    for size in JACKETS:
        skus[size] = f"{prefix}-jacket-{size.lower()}"
        test.api("PUT", f"/v1/items/{skus[size]}", {
            "name": f"Harbour rain jacket, navy, {size}", "family": f"{prefix}-jacket", "attributes": {"size": size, "colour": "navy"}})
    for number, (size, store, quantity) in enumerate([
            ("S", "seawall", 4), ("M", "market", 3), ("M", "harbour", 6), ("L", "seawall", 1), ("L", "market", 5)]):
        receive(test, f"{prefix}/{number}", skus[size], stores[store], quantity)
    return stores, skus


def on_hand(test, sku, location):
    return test.api("GET", f"/v1/availability/{sku}/{location}")["onHand"]
