package import Inventory

/// A location that may have fallen silent, or that is.
package struct QuietLocation: Sendable, Hashable {
    package var number: LocationNumber
    package var id: LocationID
    /// Of its master data as judged.
    package var version: Int64
    /// Others cannot be silent.
    package var isActive: Bool
    /// Nil: the service's default.
    package var limitSeconds: Int64?
    package var hasLagBuffer: Bool
    package var hours: OpeningHours?
    package var zone: ZoneOffsets
    package var heardAt: Timestamp
    /// What is written down of its silence; nil when it is not silent.
    package var silentSince: Timestamp?
    package var lagSeconds: Int64

    package init(
        number: LocationNumber, id: LocationID, version: Int64, isActive: Bool, limitSeconds: Int64?,
        hasLagBuffer: Bool, hours: OpeningHours?, zone: ZoneOffsets, heardAt: Timestamp, silentSince: Timestamp?,
        lagSeconds: Int64
    ) {
        self.number = number
        self.id = id
        self.version = version
        self.isActive = isActive
        self.limitSeconds = limitSeconds
        self.hasLagBuffer = hasLagBuffer
        self.hours = hours
        self.zone = zone
        self.heardAt = heardAt
        self.silentSince = silentSince
        self.lagSeconds = lagSeconds
    }
}

/// What is to be written down of a location's silence.
package struct SilenceChange: Sendable, Hashable {
    package var number: LocationNumber
    /// Nothing is written where the location has another version or was heard later.
    package var version: Int64
    package var heardAt: Timestamp
    /// Nil: it is heard.
    package var silentSince: Timestamp?
    package var lagSeconds: Int64
    /// For who has to look after it.
    package var detail: String

    package init(
        number: LocationNumber, version: Int64, heardAt: Timestamp, silentSince: Timestamp?, lagSeconds: Int64,
        detail: String
    ) {
        self.number = number
        self.version = version
        self.heardAt = heardAt
        self.silentSince = silentSince
        self.lagSeconds = lagSeconds
        self.detail = detail
    }
}

/// Which locations are silent. Any number of processes may judge and write at one time: what is out of date when it is written
/// changes nothing.
package protocol SilenceStore: Sendable {
    /// Locations that were heard once and not for `limitSeconds`, or for their own limit, by the clock on the wall; and all
    /// that are silent. In the order of their numbers.
    /// - Parameter after: the last of the page before.
    func quiet(
        limitSeconds: Int64, after: LocationNumber?, limit: Int
    ) async throws(StoreError) -> Dated<[QuietLocation]>

    /// Silent locations that were heard since they fell silent.
    func heardAgain(limit: Int) async throws(StoreError) -> [QuietLocation]

    /// Writes what still holds, with the exceptions and the units held back that follow from it: from its commit on in every
    /// process.
    /// - Returns: how many locations changed.
    func write(_ changes: [SilenceChange]) async throws(StoreError) -> Int
}
