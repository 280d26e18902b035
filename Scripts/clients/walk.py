"""Sells one order for pickup with the generated Python client: walk.py http://127.0.0.1:8080"""

import sys

from holdfast_client import Client
from holdfast_client.api.associates import find_stores
from holdfast_client.api.availability import get_availability
from holdfast_client.api.exceptions import list_exceptions, resolve_exception
from holdfast_client.api.items import put_item
from holdfast_client.api.locations import put_location
from holdfast_client.api.movements import record_movements
from holdfast_client.api.reservations import (
    claim_reservation,
    confirm_reservation,
    create_reservation,
    fulfil_reservation,
    ready_reservation,
)
from holdfast_client.models import (
    Coordinates,
    ExceptionAction,
    ExceptionResolution,
    ExceptionStatus,
    ExceptionType,
    FactLine,
    FactType,
    FulfilmentMethod,
    ItemInput,
    LocationInput,
    MovementBatch,
    ReservationClaim,
    ReservationConfirmation,
    ReservationFulfilment,
    ReservationInput,
    ReservationReadiness,
    ReservationState,
    StoreFinderLine,
    StoreFinderQuery,
    Verdict,
    WantedLine,
)


def stock(client):
    put_item.sync(sku="py-shirt", client=client, body=ItemInput(name="Shirt"))
    for store, latitude in (("py-near", 52.5), ("py-far", 52.6)):
        place = Coordinates(latitude=latitude, longitude=13.4)
        put_location.sync(store, client=client, body=LocationInput(name=store, coordinates=place))
    lines = [
        FactLine(event_id="in/1", type_=FactType.RECEIPT, sku="py-shirt", location="py-near", quantity=3),
        FactLine(event_id="in/2", type_=FactType.RECEIPT, sku="py-shirt", location="py-far", quantity=3),
        FactLine(event_id="till/1", type_=FactType.SALE, sku="py-unheard-of", location="py-near", quantity=1),
    ]
    answer = record_movements.sync(client=client, body=MovementBatch(source="py", lines=lines))
    assert [result.verdict for result in answer.results] == [Verdict.APPLIED, Verdict.APPLIED, Verdict.PARKED], answer


def order(client):
    wanted = [StoreFinderLine(sku="py-shirt", quantity=2)]
    found = find_stores.sync(client=client, body=StoreFinderQuery(latitude=52.5, longitude=13.4, lines=wanted))
    store = found.stores[0].location
    assert store == "py-near", found
    hold = create_reservation.sync(
        client=client,
        idempotency_key="py-cart-1",
        body=ReservationInput(
            owner="shopper-1",
            method=FulfilmentMethod.PICKUP,
            location=store,
            minimum_left=0,
            lines=[WantedLine(sku="py-shirt", quantity=2)],
        ),
    )
    assert hold.state == ReservationState.HELD and hold.pickup.code, hold
    steps = [
        confirm_reservation.sync(hold.id, client=client, body=ReservationConfirmation(reference="PY-1001")),
        claim_reservation.sync(hold.id, client=client, body=ReservationClaim(by="Ada")),
        ready_reservation.sync(hold.id, client=client, body=ReservationReadiness()),
        fulfil_reservation.sync(hold.id, client=client, body=ReservationFulfilment()),
    ]
    states = [step.state for step in steps]
    assert states == [
        ReservationState.CONFIRMED,
        ReservationState.CONFIRMED,
        ReservationState.READY,
        ReservationState.FULFILLED,
    ], states
    assert steps[-1].reference == "PY-1001", steps[-1]
    left = get_availability.sync("py-shirt", store, client=client)
    assert (left.on_hand, left.reserved, left.available_to_sell) == (1, 0, 1), left


def dismiss(client):
    queue = list_exceptions.sync(client=client, type_=ExceptionType.UNKNOWNSKU, source="py")
    assert len(queue.exceptions) == 1, queue
    decision = ExceptionResolution(action=ExceptionAction.DISMISS, reason="a typing error", units_per_code=1)
    closed = resolve_exception.sync(queue.exceptions[0].id, client=client, body=decision)
    assert closed.status == ExceptionStatus.RESOLVED, closed


client = Client(base_url=sys.argv[1], raise_on_unexpected_status=True)
stock(client)
order(client)
dismiss(client)
print("python: stores found, held, confirmed, picked, handed over, and an exception dismissed")
