import Inventory

/// Finds who has fallen silent and who is back.
package struct SilenceService: Sendable {
    private let store: any SilenceStore
    private let limitSeconds: Int64

    /// Locations that are looked at and written at one time.
    private static let locationsPerStep = 1_000

    /// - Parameter limitSeconds: of locations without a limit of their own, within `Silence.limitSecondsAllowed`.
    package init(store: any SilenceStore, limitSeconds: Int64 = Silence.limitSecondsDefault) {
        self.store = store
        self.limitSeconds = limitSeconds
    }

    /// Judges every location that may be silent.
    /// - Returns: how many changed.
    @discardableResult
    package func sweep() async throws(StoreError) -> Int {
        var changed = 0
        var last: LocationNumber?
        while true {
            let found = try await store.quiet(limitSeconds: limitSeconds, after: last, limit: Self.locationsPerStep)
            changed += try await write(found.value.map { change(of: $0, at: found.asOf) }.compactMap(\.self))
            guard found.value.count == Self.locationsPerStep else { return changed }
            last = found.value.last?.number
        }
    }

    /// Who is silent and was heard meanwhile, by any process, is so no longer.
    @discardableResult
    package func settleHeard() async throws(StoreError) -> Int {
        let back = try await store.heardAgain(limit: Self.locationsPerStep)
        return try await write(back.map { SilenceChange($0, nil, detail: "") })
    }

    private func write(_ changes: [SilenceChange]) async throws(StoreError) -> Int {
        changes.isEmpty ? 0 : try await store.write(changes)
    }

    /// - Returns: nil where what is written down holds.
    private func change(of location: QuietLocation, at now: Timestamp) -> SilenceChange? {
        let limit = location.limitSeconds ?? limitSeconds
        let silence =
            location.isActive
            ? Silence(
                since: location.heardAt, until: now, limitSeconds: limit, hours: location.hours, zone: location.zone)
            : nil
        let change = SilenceChange(
            location, silence,
            detail:
                "nothing was heard since \(location.heardAt), for longer than the limit of \(limit) seconds in opening "
                + "hours; look after its line and its tills. The link lists the systems that report there, and when each did last"
        )
        guard change.silentSince != location.silentSince || change.lagSeconds != location.lagSeconds else { return nil }
        return change
    }
}

extension SilenceChange {
    fileprivate init(_ location: QuietLocation, _ silence: Silence?, detail: String) {
        self.init(
            number: location.number, version: location.version, heardAt: location.heardAt,
            silentSince: silence?.since, lagSeconds: location.hasLagBuffer ? silence?.lagSeconds ?? 0 : 0,
            detail: detail)
    }
}
