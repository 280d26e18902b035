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
        try await store.openLatePickups(late.filter { $0.policy == .exception }.map(\.id))
        for pickup in late where pickup.policy == .release {
            let reason = Reason(stored: "pickupExpired")
            let release = ReservationAction.release(.everything, reason: reason, restock: .pending, occurredAt: nil)
            _ = try await act(release, on: pickup.id, key: nil)
        }
        return late.count
    }
}
