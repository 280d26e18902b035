import Inventory
import LibPQ

/// What only batches with requests, and sales that keep a promise, write.
extension ChangesWriter {
    func addReservations(to exchange: inout Exchange) {
        addHolds(to: &exchange)
        let reservations = changes.reservations.values.sorted { $0.id < $1.id }
        if !reservations.isEmpty {
            exchange.add(.reservationStore) { write(reservations, to: &$0) }
            let gone = reservations.flatMap { after in
                (before[after.id]?.allocations ?? []).filter { old in
                    !after.allocations.contains { $0.number == old.number && $0.key == old.key }
                }.map { (id: after.id, allocation: $0) }
            }
            if !gone.isEmpty {
                exchange.add(.allocationRemove) {
                    $0.int8s(gone) { $0.allocation.key.item.rawValue }
                    $0.int4s(gone) { $0.allocation.key.location.rawValue }
                    $0.byteas(gone) { $0.id.bytes }
                    $0.int2s(gone) { $0.allocation.number }
                }
            }
            let stored = reservations.flatMap { after in
                let known = before[after.id]
                return after.allocations.filter { allocation in
                    known?.expiresAt != after.expiresAt
                        || known?.allocations.first { $0.number == allocation.number } != allocation
                }.map { (reservation: after, allocation: $0) }
            }
            if !stored.isEmpty { exchange.add(.allocationStore) { write(stored, to: &$0) } }
            addShipments(of: reservations, to: &exchange)
        }
        let requests = changes.requests.sorted { $0.key < $1.key }
        if !requests.isEmpty {
            exchange.add(.requestKeyAppend) {
                $0.texts(requests) { $0.key.text }
                $0.byteas(requests) { $0.value.fingerprint.bytes }
                $0.byteas(requests) { $0.value.reservation.bytes }
            }
        }
        let tasks = changes.countTasks.sorted { $0.key < $1.key }
        if !tasks.isEmpty {
            exchange.add(.countTaskRequest) {
                $0.int8s(tasks) { $0.key.item.rawValue }
                $0.int4s(tasks) { $0.key.location.rawValue }
                $0.texts(tasks) { $0.value }
            }
        }
    }

    private func addShipments(of reservations: [Reservation], to exchange: inout Exchange) {
        let gone = reservations.flatMap { after in
            (before[after.id]?.shipments ?? []).filter { old in
                !after.shipments.contains { $0.number == old.number }
            }.map { (id: after.id, shipment: $0) }
        }
        if !gone.isEmpty {
            exchange.add(.shipmentRemove) {
                $0.byteas(gone) { $0.id.bytes }
                $0.int4s(gone) { $0.shipment.number.rawValue }
            }
        }
        let stored = reservations.flatMap { after in
            after.shipments.filter { !(before[after.id]?.shipments ?? []).contains($0) }.map { (after, $0) }
        }
        guard !stored.isEmpty else { return }
        exchange.add(.shipmentStore) {
            $0.byteas(stored) { $0.0.id.bytes }
            $0.int4s(stored) { $0.1.number.rawValue }
            $0.int4s(stored) { Int32($0.1.day) }
            $0.int8s(stored) { $0.1.units }
            $0.timestamptzs(stored) { $0.1.expiresAt?.microseconds }
            $0.int8s(stored) { $0.1.distanceMetres }
            $0.int8s(stored) { $0.1.cost?.amount }
            $0.texts(stored) { $0.1.cost?.currency }
            $0.texts(stored) { $0.0.sourcing?.objective.rawValue }
        }
    }

    /// Folds first: what they delete is past, and what is stored is not.
    private func addHolds(to exchange: inout Exchange) {
        let folded = changes.folded.sorted { $0.key < $1.key }
        if !folded.isEmpty {
            exchange.add(.holdFold) {
                $0.int8s(folded) { $0.key.item.rawValue }
                $0.int4s(folded) { $0.key.location.rawValue }
                $0.timestamptzs(folded) { $0.value.microseconds }
            }
        }
        let holds = changes.holds.filter { $0.value != 0 }.sorted { $0.key < $1.key }
        guard !holds.isEmpty else { return }
        exchange.add(.holdStore) {
            $0.int8s(holds) { $0.key.balance.item.rawValue }
            $0.int4s(holds) { $0.key.balance.location.rawValue }
            $0.timestamptzs(holds) { $0.key.expiresAt.microseconds }
            $0.int8s(holds) { $0.value }
        }
    }

    private func write(_ reservations: [Reservation], to writer: inout ParameterWriter) {
        writer.byteas(reservations) { $0.id.bytes }
        writer.int8s(reservations) { $0.version }
        writer.timestamptzs(reservations) { $0.createdAt.microseconds }
        writer.timestamptzs(reservations) { $0.expiresAt?.microseconds }
        writer.timestamptzs(reservations) { $0.dueAt.microseconds }
        writer.timestamptzs(reservations) { $0.pickup?.readyBy?.microseconds }
        writer.timestamptzs(reservations) { $0.pickup?.pickupBy?.microseconds }
        writer.timestamptzs(reservations) { $0.pickup?.arrival?.at.microseconds }
        writer.timestamptzs(reservations) { $0.claim?.until.microseconds }
        writer.int2s(reservations) { $0.renewals }
        writer.int2s(reservations) { $0.allocationsMade }
        writer.bools(reservations) { $0.state(at: now).isOpen }
        writer.bools(reservations) { reservation in
            reservation.allocations.contains { $0.location != reservation.location }
        }
        writer.texts(reservations) { $0.state(at: now).rawValue }
        writer.texts(reservations) { $0.method.rawValue }
        writer.texts(reservations) { $0.location.text }
        writer.texts(reservations) { $0.owner?.text }
        writer.texts(reservations) { $0.reference?.text }
        writer.texts(reservations) { $0.channel?.text }
        writer.texts(reservations) { $0.pickup?.code }
        writer.texts(reservations) { $0.pickup?.arrival?.place }
        writer.texts(reservations) { $0.pickup?.arrival?.note }
        writer.texts(reservations) { $0.claim?.by }
        writer.float8s(reservations) { $0.shipTo?.latitude }
        writer.float8s(reservations) { $0.shipTo?.longitude }
        writer.byteas(reservations) { $0.lines.canonicalBytes }
        writer.byteas(reservations) { $0.shippingBytes }
        writer.byteas(reservations) { $0.transfer?.bytes }
    }

    private func write(
        _ stored: [(reservation: Reservation, allocation: Allocation)], to writer: inout ParameterWriter
    ) {
        writer.int8s(stored) { $0.allocation.key.item.rawValue }
        writer.int4s(stored) { $0.allocation.key.location.rawValue }
        writer.byteas(stored) { $0.reservation.id.bytes }
        writer.int2s(stored) { $0.allocation.number }
        writer.int2s(stored) { Int16($0.allocation.line) }
        writer.int8s(stored) { $0.allocation.quantity }
        writer.int8s(stored) { $0.allocation.open }
        writer.int8s(stored) { $0.allocation.released }
        writer.int8s(stored) { $0.allocation.fulfilledByRequest }
        writer.int8s(stored) { $0.allocation.fulfilledBySale }
        writer.int8s(stored) { $0.allocation.restockPending }
        writer.timestamptzs(stored) { $0.allocation.createdAt.microseconds }
        writer.timestamptzs(stored) { stored in
            stored.allocation.state == .held ? stored.reservation.expiresAt?.microseconds : nil
        }
        writer.timestamptzs(stored) { $0.allocation.readyAt?.microseconds }
        writer.timestamptzs(stored) { $0.allocation.endedAt?.microseconds }
        writer.int2s(stored) { $0.allocation.state.rawValue }
        writer.int2s(stored) { $0.allocation.state.coverRank }
        writer.texts(stored) { $0.reservation.channel?.text }
        writer.int8s(stored) { $0.allocation.returned }
    }
}
