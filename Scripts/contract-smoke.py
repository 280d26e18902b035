#!/usr/bin/env python3
"""Drives a running Holdfast with the generated client, and checks each raw answer against the contract's schemas."""

import datetime
import json
import sys
import time
import urllib.error
import urllib.request

import yaml
from openapi_schema_validator import OAS31Validator

from holdfast_client import Client
from holdfast_client.api.availability import get_availability, query_availability
from holdfast_client.api.counts import get_count, record_count
from holdfast_client.api.items import get_item, list_items, put_item
from holdfast_client.api.locations import put_location
from holdfast_client.api.movements import list_movements, record_movements
from holdfast_client.models import (
    AvailabilityQuery,
    AvailabilityPair,
    CountInput,
    CountInputLine,
    FactLine,
    FactType,
    ItemInput,
    LocationInput,
    MovementBatch,
    Verdict,
)


def generated_client(base):
    client = Client(base_url=base)
    put_item.sync_detailed("smoke-1", client=client, body=ItemInput(name="Smoke test"))
    put_location.sync_detailed("smoke-store", client=client, body=LocationInput(name="Smoke store"))
    lines = [
        FactLine(event_id="r1", type_=FactType.RECEIPT, sku="smoke-1", location="smoke-store", quantity=5),
        FactLine(event_id="s1", type_=FactType.SALE, sku="smoke-1", location="smoke-store", quantity=2),
        FactLine(event_id="s1", type_=FactType.SALE, sku="smoke-1", location="smoke-store", quantity=2),
        FactLine(event_id="p1", type_=FactType.SALE, sku="unheard-of", location="smoke-store", quantity=1),
    ]
    answer = record_movements.sync(client=client, body=MovementBatch(source="smoke", lines=lines))
    verdicts = [result.verdict for result in answer.results]
    assert verdicts == [Verdict.APPLIED, Verdict.APPLIED, Verdict.DUPLICATE, Verdict.PARKED], verdicts
    balance = get_availability.sync("smoke-1", "smoke-store", client=client)
    assert (balance.on_hand, balance.available_to_sell, balance.version) == (3, 3, 2), balance
    assert get_item.sync("smoke-1", client=client).name == "Smoke test"
    assert list_items.sync(client=client, include_total=True).total == 1
    assert len(list_movements.sync(client=client, sku="smoke-1").movements) == 2
    shelf = [CountInputLine(sku="smoke-1", quantity=3)]
    counted = record_count.sync(
        client=client, body=CountInput(source="smoke", event_id="shelf", location="smoke-store", lines=shelf))
    assert get_count.sync(counted.id, client=client).lines[0].variance == 0
    pairs = [AvailabilityPair(sku="smoke-1", location="smoke-store"), AvailabilityPair(sku="smoke-1")]
    figures = query_availability.sync(client=client, body=AvailabilityQuery(pairs=pairs))
    assert [result.available_to_sell for result in figures.results] == [3, 3], figures


def call(base, method, path, body=None, key=None):
    """A body that is a text goes with the media type that it names before its first line break."""
    media, data = "application/json", None if body is None else json.dumps(body).encode()
    if isinstance(body, str):
        media, data = body.split("\n", 1)[0], body.split("\n", 1)[1].encode()
    request = urllib.request.Request(base + path, method=method, data=data)
    if body is not None:
        request.add_header("Content-Type", media)
    if key is not None:
        request.add_header("Idempotency-Key", key)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def now():
    """A moment ago: the database's clock need not be this one's to the microsecond."""
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(milliseconds=5)).isoformat().replace("+00:00", "Z")


def new_transfer(base, key, body):
    status, answer = call(base, "POST", "/v1/transfers", body, key)
    assert status == 201, answer
    return json.loads(answer)["id"]


def transfer_calls(inbound, moved, given_up):
    """Of what is on its way: planned, shipped, received here and elsewhere, closed; and what came back to be looked at."""
    one = "/v1/transfers/{id}"
    between = dict(inbound, **{"from": "smoke-store", "to": "smoke-full", "reserve": True})
    shipped = {"source": "wms", "eventId": "LOAD-1", "expectedAt": "2100-01-02T00:00:00Z", "trailer": 7,
               "lines": [{"id": "1", "quantity": 4}, {"id": "9", "quantity": 1}]}
    received = {"source": "scanner", "eventId": "GR-1",
                "lines": [{"id": "1", "quantity": 1}, {"id": "1", "quantity": 1, "bucket": "damaged"}, {"quantity": 0}]}
    back = {"eventId": "b1", "type": "return", "sku": "smoke-1", "location": "smoke-store", "quantity": 2,
            "disposition": "inspection", "reservation": "019bc14f-ef80-7a1c-8e2d-4b5f6a708192"}
    looked_at = {"eventId": "i1", "sku": "smoke-1", "location": "smoke-store", "quantity": 1, "to": "onHand"}
    return [
        ("post", "/v1/transfers", "/v1/transfers", dict(between, lines=[{"sku": "smoke-1", "quantity": 1}])),
        ("post", "/v1/transfers", "/v1/transfers", dict(between, lines=[{"sku": "smoke-kit", "quantity": 1}], reserve=False)),
        ("post", "/v1/transfers", "/v1/transfers", dict(between, lines=[{"sku": "smoke-1", "quantity": 1000}])),
        ("post", "/v1/transfers", "/v1/transfers", dict(between, to="smoke-store")),
        ("post", "/v1/transfers", "/v1/transfers", dict(between, to="none")),
        ("get", one, f"/v1/transfers/{moved}", None),
        ("get", one, "/v1/transfers/none", None),
        ("post", one + "/close", f"/v1/transfers/{moved}/close", {"reason": "too early"}),
        ("post", one + "/ship", f"/v1/transfers/{moved}/ship", shipped),
        ("post", one + "/ship", f"/v1/transfers/{moved}/ship", shipped),
        ("post", one + "/ship", f"/v1/transfers/{moved}/ship", {"lines": []}),
        ("get", "/v1/availability/{sku}/{location}/promise", "/v1/availability/smoke-1/smoke-store/promise", None),
        ("post", one + "/receive", f"/v1/transfers/{moved}/receive", received),
        ("post", one + "/receive", f"/v1/transfers/{moved}/receive",
         dict(received, eventId="GR-2", location="smoke-full", lines=[{"id": "1", "quantity": 1}])),
        ("post", one + "/receive", f"/v1/transfers/{moved}/receive", dict(received, eventId="GR-3", location="none")),
        ("post", one + "/receive", "/v1/transfers/none/receive", received),
        ("post", one + "/reschedule", f"/v1/transfers/{moved}/reschedule", {"expectedAt": "2020-01-01T00:00:00Z"}),
        ("get", "/v1/transfers", "/v1/transfers?to=smoke-store&overdue=true&includeTotal=true", None),
        ("get", "/v1/transfers", "/v1/transfers?state=lost", None),
        ("get", "/v1/availability/{sku}/{location}/promise", "/v1/availability/smoke-1/smoke-store/promise", None),
        ("get", "/v1/endless-aisle", "/v1/endless-aisle?sku=smoke-1&at=smoke-store", None),
        ("post", one + "/cancel", f"/v1/transfers/{moved}/cancel", None),
        ("post", one + "/close", f"/v1/transfers/{moved}/close", {"reason": "nothing more comes"}),
        ("post", one + "/close", f"/v1/transfers/{moved}/close", {}),
        ("post", one + "/reschedule", f"/v1/transfers/{moved}/reschedule", {"expectedAt": "2100-01-01T00:00:00Z"}),
        ("post", one + "/cancel", f"/v1/transfers/{given_up}/cancel", {}),
        ("get", "/v1/movements", "/v1/movements?sku=smoke-1&location=smoke-store", None),
        ("post", "/v1/movements", "/v1/movements", {"source": "smoke", "lines": [back]}),
        ("get", "/v1/inspection-queue", "/v1/inspection-queue?sku=smoke-1&location=smoke-store&includeTotal=true", None),
        ("get", "/v1/inspection-queue", "/v1/inspection-queue?sku=none", None),
        ("post", "/v1/inspection-releases", "/v1/inspection-releases", {
            "source": "smoke", "lines": [looked_at, dict(looked_at, eventId="i2", to="vendor"), {"eventId": "i3"}]}),
        ("post", "/v1/inspection-releases", "/v1/inspection-releases", {"lines": []}),
        ("get", "/v1/exceptions", "/v1/exceptions?type=transferElsewhere", None),
    ]


def kit_calls():
    """Kits are sold and reserved by their parts; what was expected comes, and goes back."""
    sold = {"eventId": "k1", "type": "sale", "sku": "smoke-kit", "location": "smoke-store", "quantity": 1}
    came = {"eventId": "k3", "type": "receipt", "sku": "smoke-1", "location": "smoke-store", "quantity": 5, "expectedSupply": "asn"}
    ordered = {"method": "pickup", "location": "smoke-store", "lines": [{"sku": "smoke-kit", "quantity": 1}]}
    return [
        ("post", "/v1/movements", "/v1/movements", {"source": "smoke", "lines": [
            sold, sold, dict(sold, eventId="k2", type="count"), came,
            {"eventId": "k4", "type": "vendorReturn", "sku": "smoke-1", "location": "smoke-store", "quantity": 1}]}),
        ("get", "/v1/expected-supply/{id}", "/v1/expected-supply/asn", None),
        ("post", "/v1/reservations", "/v1/reservations", ordered),
        ("get", "/v1/reservations", "/v1/reservations?location=smoke-store", None),
        ("get", "/v1/movements", "/v1/movements?sku=smoke-1&source=smoke", None),
    ]


def raw_answers(base, contract):
    """One call of each operation, good and bad: the answer must be one that the contract describes."""
    sale = {"eventId": "s1", "type": "sale", "sku": "smoke-1", "location": "smoke-store", "quantity": 2}
    counted = {"source": "scanner", "eventId": "c1", "location": "smoke-store", "complete": True,
               "lines": [{"sku": "smoke-1", "quantity": 7}, {"sku": "smoke-1", "quantity": -1}]}
    count = json.loads(call(base, "POST", "/v1/counts", counted)[1])["id"]
    exceptions = json.loads(call(base, "GET", "/v1/exceptions", None)[1])["exceptions"]
    unknown = next(e["id"] for e in exceptions if e["type"] == "unknownSku")
    inbound = {"reference": "ASN-1", "from": None, "to": "smoke-store", "expectedAt": "2100-01-01T00:00:00Z",
               "lines": [{"sku": "smoke-1", "quantity": 4}]}
    moved = new_transfer(base, "smoke-moved", inbound)
    given_up = new_transfer(base, "smoke-given-up", inbound)
    figures = {"source": "erp-books", "eventId": "f1", "asOf": now(), "location": "smoke-store", "complete": True, "correct": True,
               "lines": [{"sku": "smoke-1", "quantity": 9}, {"sku": "none", "quantity": 1},
                         {"code": "none", "codeSystem": "gtin", "quantity": -1}]}
    reconciliation = json.loads(call(base, "POST", "/v1/reconciliations", figures)[1])["id"]
    mapping = "application/yaml\nkind: items\nfields: { sku: \"{code}\", name: \"{title}\" }\n"
    imported = json.loads(call(base, "POST", "/v1/imports?kind=items", "text/csv\nsku,name\nsmoke-2,Two\n,\n")[1])["id"]
    failed = json.loads(call(base, "POST", "/v1/imports?kind=items", "text/csv\nsku,name\n\"open\n")[1])["id"]
    for job in (imported, failed):
        while json.loads(call(base, "GET", f"/v1/imports/{job}")[1])["finishedAt"] is None:
            time.sleep(0.1)
    calls = [
        ("put", "/v1/import-mappings/{id}", "/v1/import-mappings/smoke", mapping),
        ("put", "/v1/import-mappings/{id}", "/v1/import-mappings/smoke", mapping + "skip: [none]\n"),
        ("put", "/v1/import-mappings/{id}", "/v1/import-mappings/smoke", {"kind": "items"}),
        ("get", "/v1/import-mappings/{id}", "/v1/import-mappings/smoke", None),
        ("get", "/v1/import-mappings", "/v1/import-mappings?includeTotal=true", None),
        ("post", "/v1/imports", "/v1/imports?kind=items&mapping=smoke", "text/csv\ncode,title\nsmoke-3,Three\n"),
        ("post", "/v1/imports", "/v1/imports?kind=items&mapping=none", "text/csv\nsku,name\n"),
        ("post", "/v1/imports", "/v1/imports?kind=none", "text/csv\nsku,name\n"),
        ("post", "/v1/imports", "/v1/imports?kind=items", {"sku": "smoke-4"}),
        ("get", "/v1/imports", "/v1/imports?includeTotal=true", None),
        ("get", "/v1/imports/{id}", f"/v1/imports/{imported}", None),
        ("get", "/v1/imports/{id}", f"/v1/imports/{failed}", None),
        ("get", "/v1/imports/{id}", "/v1/imports/none", None),
        ("get", "/v1/imports/{id}/report", f"/v1/imports/{imported}/report?verdict=rejected", None),
        ("delete", "/v1/import-mappings/{id}", "/v1/import-mappings/smoke", None),
        ("get", "/v1/items", "/v1/items?includeTotal=true", None),
        ("get", "/v1/items/{sku}", "/v1/items/smoke-1", None),
        ("get", "/v1/items/{sku}", "/v1/items/none", None),
        ("put", "/v1/items/{sku}", "/v1/items/smoke-1", {"name": "Smoke test"}),
        ("put", "/v1/items/{sku}", "/v1/items/smoke-1", {"title": "Smoke test"}),
        ("get", "/v1/locations", "/v1/locations", None),
        ("get", "/v1/locations", "/v1/locations?silent=true", None),
        ("put", "/v1/locations/{id}", "/v1/locations/smoke-full", {
            "name": "Full", "kind": "warehouse", "coordinates": {"latitude": 1.5, "longitude": 2},
            "openingHours": {"monday": [{"opens": "08:00", "closes": "20:00"}]}, "leadTimeMinutes": 60,
            "costPerKm": {"amount": 10, "currency": "EUR"}, "silenceLimitSeconds": 60, "lagBuffer": True}),
        ("put", "/v1/locations/{id}", "/v1/locations/smoke-full", {"name": "Full", "silent": True}),
        ("get", "/v1/locations/{id}", "/v1/locations/smoke-full", None),
        ("delete", "/v1/locations/{id}", "/v1/locations/smoke-store", None),
        ("put", "/v1/location-groups/{id}", "/v1/location-groups/web", {"name": "Web", "locations": ["smoke-store"]}),
        ("get", "/v1/location-groups", "/v1/location-groups", None),
        ("put", "/v1/sources/{id}", "/v1/sources/erp", {"codeSystem": "gtin"}),
        ("get", "/v1/sources", "/v1/sources", None),
        ("put", "/v1/aliases", "/v1/aliases", {"codeSystem": "gtin", "code": "96385074", "sku": "smoke-1"}),
        ("get", "/v1/aliases", "/v1/aliases?codeSystem=gtin", None),
        ("post", "/v1/movements", "/v1/movements", {"source": "smoke", "lines": [sale, {"eventId": 1}]}),
        ("post", "/v1/movements", "/v1/movements", {"source": "smoke", "atomic": True, "lines": [sale, {}]}),
        ("post", "/v1/movements", "/v1/movements", {"lines": []}),
        ("get", "/v1/movements", "/v1/movements?sku=smoke-1", None),
        ("post", "/v1/counts", "/v1/counts", counted),
        ("post", "/v1/counts", "/v1/counts", dict(counted, complete=False)),
        ("post", "/v1/counts", "/v1/counts", {"lines": []}),
        ("get", "/v1/counts/{id}", f"/v1/counts/{count}?includeTotal=true", None),
        ("get", "/v1/counts/{id}", "/v1/counts/none", None),
        ("get", "/v1/count-accuracy", "/v1/count-accuracy?by=item&location=smoke-store", None),
        ("get", "/v1/count-accuracy", "/v1/count-accuracy?location=none", None),
        ("get", "/v1/locations/{id}/count-list", "/v1/locations/smoke-store/count-list", None),
        ("put", "/v1/reconciliation-rules/{id}", "/v1/reconciliation-rules/r", {"autoCorrectUnits": 3}),
        ("put", "/v1/reconciliation-rules/{id}", "/v1/reconciliation-rules/r", {"toleranceUnits": 1, "autoCorrectUnits": 3}),
        ("put", "/v1/reconciliation-rules/{id}", "/v1/reconciliation-rules/s", {"toleranceUnits": 2}),
        ("put", "/v1/reconciliation-rules/{id}", "/v1/reconciliation-rules/s", {"source": "none"}),
        ("put", "/v1/reconciliation-rules/{id}", "/v1/reconciliation-rules/s", {"tolerance": 2}),
        ("get", "/v1/reconciliation-rules/{id}", "/v1/reconciliation-rules/r", None),
        ("get", "/v1/reconciliation-rules", "/v1/reconciliation-rules?includeTotal=true", None),
        ("post", "/v1/reconciliations", "/v1/reconciliations", figures),
        ("post", "/v1/reconciliations", "/v1/reconciliations", dict(figures, eventId="f2", asOf=now())),
        ("post", "/v1/reconciliations", "/v1/reconciliations", dict(figures, complete=False)),
        ("post", "/v1/reconciliations", "/v1/reconciliations", dict(figures, location=None)),
        ("post", "/v1/reconciliations", "/v1/reconciliations", dict(figures, eventId="f3", location="none")),
        ("get", "/v1/reconciliations/{id}", f"/v1/reconciliations/{reconciliation}?includeTotal=true", None),
        ("get", "/v1/reconciliations/{id}", f"/v1/reconciliations/{reconciliation}?status=notMatched&limit=1", None),
        ("get", "/v1/reconciliations/{id}", "/v1/reconciliations/none", None),
        ("get", "/v1/reconciliations", "/v1/reconciliations?source=erp-books&location=smoke-store", None),
        ("get", "/v1/exceptions", "/v1/exceptions?type=reconciliationVariance", None),
        ("get", "/v1/locations/{id}/discrepancies", "/v1/locations/smoke-store/discrepancies", None),
        ("get", "/v1/locations/{id}/discrepancies", "/v1/locations/none/discrepancies", None),
        ("delete", "/v1/reconciliation-rules/{id}", "/v1/reconciliation-rules/r", None),
        ("get", "/v1/locations/{id}/sources", "/v1/locations/smoke-store/sources", None),
        ("get", "/v1/items/{sku}/rate", "/v1/items/smoke-1/rate", None),
        ("get", "/v1/exceptions", "/v1/exceptions?includeTotal=true", None),
        ("get", "/v1/exceptions", "/v1/exceptions?type=none", None),
        ("get", "/v1/exceptions/{id}", f"/v1/exceptions/{unknown}", None),
        ("post", "/v1/exceptions/{id}/assign", f"/v1/exceptions/{unknown}/assign", {"owner": "Kim"}),
        ("post", "/v1/exceptions/{id}/resolve", f"/v1/exceptions/{unknown}/resolve", {"action": "recount"}),
        ("post", "/v1/exceptions/{id}/resolve", f"/v1/exceptions/{unknown}/resolve",
         {"action": "acceptAsNew", "name": "Heard of", "resolvedBy": "Kim"}),
        ("get", "/v1/exceptions", "/v1/exceptions?status=resolved", None),
        ("get", "/v1/movements", "/v1/movements?location=smoke-store", None),
        ("get", "/v1/availability/{sku}", "/v1/availability/smoke-1?basis=occurred", None),
        ("get", "/v1/availability/{sku}/{location}",
         "/v1/availability/smoke-1/smoke-store?basis=occurred&asOf=2026-01-01T00:00:00Z", None),
        ("get", "/v1/availability", "/v1/availability?includeTotal=true", None),
        ("get", "/v1/availability", "/v1/availability?group=none", None),
        ("get", "/v1/availability/{sku}", "/v1/availability/smoke-1", None),
        ("get", "/v1/availability/{sku}", "/v1/availability/smoke-1?location=smoke-full", None),
        ("get", "/v1/availability/{sku}/{location}", "/v1/availability/smoke-1/smoke-store", None),
        ("get", "/v1/locations/{id}/availability", "/v1/locations/smoke-store/availability", None),
        ("post", "/v1/availability-queries", "/v1/availability-queries",
         {"pairs": [{"sku": "smoke-1", "location": "smoke-store"}, {"sku": "none"}, {"sku": "smoke-1", "group": "web"}]}),
        ("put", "/v1/items/{sku}", "/v1/items/smoke-kit",
         {"name": "Kit", "components": [{"sku": "smoke-1", "quantity": 2}]}),
        ("put", "/v1/items/{sku}", "/v1/items/smoke-1", {"name": "x", "components": [{"sku": "smoke-kit", "quantity": 1}]}),
        ("get", "/v1/items/{sku}", "/v1/items/smoke-kit", None),
        ("put", "/v1/safety-stock-rules/{id}", "/v1/safety-stock-rules/r", {"scope": {"sku": "smoke-1"}, "quantity": 1}),
        ("put", "/v1/safety-stock-rules/{id}", "/v1/safety-stock-rules/r", {"scope": {"sku": "none"}, "quantity": 1}),
        ("get", "/v1/safety-stock-rules/{id}", "/v1/safety-stock-rules/r", None),
        ("get", "/v1/safety-stock-rules", "/v1/safety-stock-rules?sku=smoke-1", None),
        ("put", "/v1/thresholds/{id}", "/v1/thresholds/r", {"scope": {}, "quantity": 5}),
        ("get", "/v1/thresholds/{id}", "/v1/thresholds/r", None),
        ("get", "/v1/thresholds", "/v1/thresholds?includeTotal=true", None),
        ("put", "/v1/ring-fences/{id}", "/v1/ring-fences/r", {"scope": {"channel": "app"}, "quantity": 2, "priority": 3}),
        ("get", "/v1/ring-fences/{id}", "/v1/ring-fences/none", None),
        ("get", "/v1/ring-fences", "/v1/ring-fences", None),
        ("put", "/v1/expected-supply/{id}", "/v1/expected-supply/asn",
         {"sku": "smoke-1", "location": "smoke-store", "quantity": 5, "expectedAt": "2020-01-01T00:00:00Z"}),
        ("get", "/v1/expected-supply/{id}", "/v1/expected-supply/asn", None),
        ("get", "/v1/expected-supply", "/v1/expected-supply?location=smoke-store", None),
        ("get", "/v1/availability/{sku}/{location}/explain", "/v1/availability/smoke-1/smoke-store/explain?channel=app", None),
        ("get", "/v1/availability/{sku}/{location}/explain", "/v1/availability/smoke-kit/smoke-store/explain", None),
        ("get", "/v1/availability/{sku}/{location}/promise", "/v1/availability/smoke-1/smoke-store/promise?days=3", None),
        ("get", "/v1/availability/{sku}/{location}/promise", "/v1/availability/smoke-kit/smoke-store/promise", None),
        ("get", "/v1/availability/{sku}/{location}", "/v1/availability/smoke-kit/smoke-store", None),
        ("get", "/v1/availability/{sku}", "/v1/availability/smoke-kit?latitude=1&longitude=2&radiusKm=9", None),
        ("get", "/v1/availability/{sku}", "/v1/availability/smoke-1?asOf=" + now(), None),
        ("get", "/v1/availability/{sku}/{location}", "/v1/availability/smoke-1/smoke-store?asOf=" + now(), None),
        ("get", "/v1/availability/{sku}/{location}", "/v1/availability/smoke-kit/smoke-store?basis=occurred", None),
        ("get", "/v1/endless-aisle", "/v1/endless-aisle?sku=smoke-1&at=smoke-store", None),
        ("get", "/v1/endless-aisle", "/v1/endless-aisle?code=1&at=smoke-store", None),
        ("post", "/v1/store-finder", "/v1/store-finder",
         {"latitude": 1, "longitude": 2, "lines": [{"sku": "smoke-1", "quantity": 1}, {"sku": "smoke-kit", "quantity": 1}]}),
        ("post", "/v1/store-finder", "/v1/store-finder", {"latitude": 1, "longitude": 2, "lines": [{"sku": "none", "quantity": 1}]}),
        ("get", "/v1/storefront/availability/{sku}", "/v1/storefront/availability/smoke-1", None),
        ("post", "/v1/storefront/availability-queries", "/v1/storefront/availability-queries",
         {"pairs": [{"sku": "smoke-1", "location": "smoke-store"}, {"sku": "smoke-kit"}, {"sku": "none"}]}),
        *transfer_calls(inbound, moved, given_up),
        *kit_calls(),
        ("delete", "/v1/ring-fences/{id}", "/v1/ring-fences/r", None),
        ("get", "/health/live", "/health/live", None),
        ("get", "/health/ready", "/health/ready", None),
    ]
    for number, (method, path, url, body) in enumerate(calls):
        keyed = path.startswith(("/v1/transfers", "/v1/reservations")) and method != "get"
        status, answer = call(base, method.upper(), url, body, f"smoke-{number}" if keyed else None)
        responses = contract["paths"][path][method]["responses"]
        assert str(status) in responses, f"{method} {url} answered {status}, which the contract does not name: {answer}"
        response = resolve(contract, responses[str(status)])
        for media, described in response.get("content", {}).items():
            if "json" in media:
                schema = dict(described["schema"], components=contract["components"])
                errors = list(OAS31Validator(schema).iter_errors(json.loads(answer)))
                assert not errors, f"{method} {url} answered {answer}: {errors[0].message} at {list(errors[0].path)}"
    return len(calls)


def resolve(contract, node):
    while "$ref" in node:
        target = contract
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def main(base):
    with open("openapi.yaml", encoding="utf-8") as file:
        contract = yaml.safe_load(file)
    generated_client(base)
    count = raw_answers(base, contract)
    print(f"contract: the generated client works, and {count} answers are as the contract says")


if __name__ == "__main__":
    main(sys.argv[1])
