import Inventory
import LibPQ

/// What only batches with requests, and sales that keep a promise, write.
extension ChangesWriter {
    func addReservations(to exchange: inout Exchange) {
        addHolds(to: &exchange)
        let reservations = changes.reservations.values.sorted { $0.id < $1.id }
        if !reservations.isEmpty {
            exchange.add(.reservationStore) {
                for column in ReservationColumn.allCases { column.write(reservations, at: now, to: &$0) }
            }
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
            if !stored.isEmpty {
                exchange.add(.allocationStore) {
                    for column in AllocationColumn.allCases { column.write(stored, to: &$0) }
                }
            }
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
        let packed = changes.packed.filter { $0.value != 0 }.sorted { $0.key < $1.key }
        if !packed.isEmpty {
            exchange.add(.packedStore) {
                $0.int8s(packed) { $0.key.balance.item.rawValue }
                $0.int4s(packed) { $0.key.balance.location.rawValue }
                $0.timestamptzs(packed) { $0.key.at.microseconds }
                $0.int8s(packed) { $0.value }
            }
        }
        let tasks = changes.countTasks.sorted { $0.key < $1.key }
        if !tasks.isEmpty {
            exchange.add(.countTaskRequest) {
                $0.int8s(tasks) { $0.key.item.rawValue }
                $0.int4s(tasks) { $0.key.location.rawValue }
                $0.texts(tasks) { $0.value.reason }
                $0.timestamptzs(tasks) { $0.value.at.microseconds }
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
            after.shipments.filter { !(before[after.id]?.shipments ?? []).contains($0) }.map {
                (reservation: after, shipment: $0)
            }
        }
        guard !stored.isEmpty else { return }
        exchange.add(.shipmentStore) {
            for column in ShipmentColumn.allCases { column.write(stored, to: &$0) }
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
}
