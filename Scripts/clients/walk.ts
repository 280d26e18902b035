// Sells one order for pickup with the generated TypeScript client: node walk.js http://127.0.0.1:8080
import {
    AssociatesApi, AvailabilityApi, Configuration, ExceptionAction, ExceptionStatus, ExceptionType, ExceptionsApi, FactType,
    FulfilmentMethod, ItemsApi, LocationsApi, MovementsApi, ReservationState, ReservationsApi, Verdict,
} from './index';

declare const process: { argv: string[]; exitCode: number };

const configuration = new Configuration({ basePath: process.argv[2] });

function expectEqual(found: unknown, wanted: unknown): void {
    if (JSON.stringify(found) !== JSON.stringify(wanted)) {
        throw new Error(`found ${JSON.stringify(found)} where ${JSON.stringify(wanted)} is wanted`);
    }
}

async function stock(): Promise<void> {
    await new ItemsApi(configuration).putItem({ sku: 'ts-shirt', itemInput: { name: 'Shirt' } });
    for (const [store, latitude] of [['ts-near', 52.5], ['ts-far', 52.6]] as [string, number][]) {
        const coordinates = { latitude, longitude: 13.4 };
        await new LocationsApi(configuration).putLocation({ id: store, locationInput: { name: store, coordinates } });
    }
    const answer = await new MovementsApi(configuration).recordMovements({
        movementBatch: {
            source: 'ts',
            lines: [
                { eventId: 'in/1', type: FactType.Receipt, sku: 'ts-shirt', location: 'ts-near', quantity: 3 },
                { eventId: 'in/2', type: FactType.Receipt, sku: 'ts-shirt', location: 'ts-far', quantity: 3 },
                { eventId: 'till/1', type: FactType.Sale, sku: 'ts-unheard-of', location: 'ts-near', quantity: 1 },
            ],
        },
    });
    expectEqual(answer.results.map(result => result.verdict), [Verdict.Applied, Verdict.Applied, Verdict.Parked]);
}

async function order(): Promise<void> {
    const found = await new AssociatesApi(configuration).findStores({
        storeFinderQuery: { latitude: 52.5, longitude: 13.4, lines: [{ sku: 'ts-shirt', quantity: 2 }] },
    });
    const location = found.stores[0].location;
    expectEqual(location, 'ts-near');
    const reservations = new ReservationsApi(configuration);
    const hold = await reservations.createReservation({
        idempotencyKey: 'ts-cart-1',
        reservationInput: {
            owner: 'shopper-1', method: FulfilmentMethod.Pickup, location, minimumLeft: 0,
            lines: [{ sku: 'ts-shirt', quantity: 2 }],
        },
    });
    expectEqual([hold.state, hold.pickup !== null], [ReservationState.Held, true]);
    const id = hold.id;
    const steps = [
        await reservations.confirmReservation({ id, reservationConfirmation: { reference: 'TS-1001' } }),
        await reservations.claimReservation({ id, reservationClaim: { by: 'Ada' } }),
        await reservations.readyReservation({ id, reservationReadiness: {} }),
        await reservations.fulfilReservation({ id, reservationFulfilment: {} }),
    ];
    expectEqual(steps.map(step => step.state), [
        ReservationState.Confirmed, ReservationState.Confirmed, ReservationState.Ready, ReservationState.Fulfilled,
    ]);
    expectEqual(steps[3].reference, 'TS-1001');
    const left = await new AvailabilityApi(configuration).getAvailability({ sku: 'ts-shirt', location });
    expectEqual([left.onHand, left.reserved, left.availableToSell], [1, 0, 1]);
}

async function dismiss(): Promise<void> {
    const exceptions = new ExceptionsApi(configuration);
    const queue = await exceptions.listExceptions({ type: ExceptionType.UnknownSku, source: 'ts' });
    expectEqual(queue.exceptions.length, 1);
    const closed = await exceptions.resolveException({
        id: queue.exceptions[0].id,
        exceptionResolution: { action: ExceptionAction.Dismiss, reason: 'a typing error', unitsPerCode: 1 },
    });
    expectEqual(closed.status, ExceptionStatus.Resolved);
}

stock().then(order).then(dismiss).then(
    () => console.log('typescript: stores found, held, confirmed, picked, handed over, and an exception dismissed'),
    async error => {
        console.error(error, error.response ? await error.response.text() : '');
        process.exitCode = 1;
    });
