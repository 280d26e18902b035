import Inventory
import InventoryService

/// A change of what people keep account of: named in the change log, and kept in the audit.
struct MasterChange: Sendable {
    let change: Change
    let action: AuditAction

    init(_ change: Change, _ action: AuditAction) {
        self.change = change
        self.action = action
    }

    static func deleted(_ change: Change) -> MasterChange { MasterChange(change, .deleted) }

    var kind: AuditKind {
        switch change.kind {
        case .item: .item
        case .itemBin: .itemBin
        case .alias: .alias
        case .locationAlias: .locationAlias
        case .location: .location
        case .locationGroup: .locationGroup
        case .source: .source
        case .stockRule: .stockRule
        case .expectedSupply: .expectedSupply
        case .reconciliationRule: .reconciliationRule
        case .importMapping: .importMapping
        case .apiKey: .apiKey
        case .feed: .feed
        case .webhook: .webhook
        case .exception, .silence, .heard, .reservation, .reservationCreated, .reservationConfirmed, .reservationReady,
            .reservationExtended, .reservationMoved, .reservationArrived, .reservationFulfilled, .reservationReleased,
            .reservationExpired, .reservationNotFound, .transfer, .transferCreated, .transferShipped,
            .transferReceived, .transferClosed, .transferCancelled, .count, .countRecorded, .countTask,
            .reconciliation, .proofFailed:
            preconditionFailure("no change of master data is one of a \(change.kind)")
        }
    }

    /// Parts of a key stand on lines of their own in the change log; here it is read by people.
    var key: String { change.key.replacing("\n", with: "/") }
}

extension [MasterChange] {
    /// What a `PUT` changed; nothing where it was so already.
    static func put<Value>(_ stored: Stored<Value>, _ change: Change) -> [MasterChange] {
        stored.isUnchanged ? [] : [MasterChange(change, stored.wasCreated ? .created : .changed)]
    }
}
