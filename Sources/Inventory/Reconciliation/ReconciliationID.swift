package enum ReconciliationIDKind: DerivedIDKind { package static let name = "reconciliation" }

package typealias ReconciliationID = DerivedID<ReconciliationIDKind>

extension ReconciliationID {
    /// The event id of the ledger line that corrects one of its lines: the same whoever writes it, so that it counts once.
    /// - Parameter version: of the balance, when it was compared. Another comparison is another correction.
    package func correction(ofLine line: Int, at version: Int64) -> EventID {
        EventID(stored: "reconciliation-\(self)-\(line)-\(version)")
    }
}
