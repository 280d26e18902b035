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
        var alarms: [ReservationID] = []
        var releases: [ReservationID] = []
        for pickup in late {
            switch pickup.policy {
            case .exception: alarms.append(pickup.id)
            case .release: releases.append(pickup.id)
            }
        }
        try await store.openLatePickups(alarms)
        for id in releases {
            let reason = Reason(stored: "pickupExpired")
            let release = ReservationAction.release(.everything, reason: reason, restock: .pending, occurredAt: nil)
            _ = try await act(release, on: id, key: nil)
        }
        return late.count
    }
}
