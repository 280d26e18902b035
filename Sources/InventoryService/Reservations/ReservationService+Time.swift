import Inventory

/// What time brings, written down; no promise waits for it.
extension ReservationService {
    /// Writes down holds that have ended. Nothing waits for it: their units are free already.
    /// - Returns: how many were looked at.
    func writeExpired(limit: Int) async throws(StoreError) -> Int {
        let ids = try await store.expired(limit: limit)
        let error = await withTaskGroup(of: StoreError?.self) { tasks in
            for id in ids {
                tasks.addTask {
                    do throws(StoreError) {
                        _ = try await act(.expire, on: id, key: nil)
                        return nil
                    } catch { return error }
                }
            }
            return await tasks.reduce(nil) { $0 ?? $1 }
        }
        if let error { throw error }
        return ids.count
    }

    /// Deals with goods that nobody fetched in time, as their location wants it.
    func settleLatePickups(limit: Int) async throws(StoreError) -> Int {
        let late = try await store.latePickups(limit: limit)
        var notes: [LateNote] = []
        for pickup in late {
            guard let found = try await store.reservation(pickup.id) else { continue }
            let (reservation, now) = (found.reservation, found.asOf)
            // It may have moved to another store since, which keeps it for longer.
            guard let end = reservation.pickup?.pickupBy, end <= now else { continue }
            let parts = reservation.openPickups(at: now)
            // All was fetched that was to be; the rest ships.
            guard let first = parts.first else {
                notes.append(LateNote(id: pickup.id, location: nil))
                continue
            }
            switch pickup.policy {
            case .exception:
                let isThere = parts.contains { $0.location == reservation.location }
                notes.append(
                    LateNote(id: pickup.id, location: isThere ? reservation.location : first.location))
            case .release:
                let isWhole = reservation.allocations.allSatisfy {
                    reservation.isPickup($0) || reservation.open($0, at: now) == 0
                }
                let selection = AllocationSelection.some(
                    parts.map { .init(id: AllocationID(reservation: pickup.id, number: $0.number), quantity: nil) })
                let reason = Reason(stored: "pickupExpired")
                let release = ReservationAction.release(
                    isWhole ? .everything : selection, reason: reason, restock: .pending, occurredAt: nil)
                _ = try await act(release, on: pickup.id, key: nil)
                if !isWhole { notes.append(LateNote(id: pickup.id, location: nil)) }
            }
        }
        try await store.noteLatePickups(notes)
        return late.count
    }
}
