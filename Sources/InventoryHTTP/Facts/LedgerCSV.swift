import Inventory
import InventoryService

extension CSVText {
    /// Ledger lines under the names that they have in JSON; what is null there is empty here, and `attributes` is JSON.
    mutating func ledger(_ entries: [LedgerEntry]) {
        record([
            "sequence", "type", "sku", "location", "bucket", "counterAccount", "units", "reservedDelta",
            "holdExpiresAt",
            "reservation", "allocation", "occurredAt", "recordedAt", "claimedAt", "source", "eventId", "count",
            "transfer", "kit", "reference", "reason", "attributes", "actor", "corrects", "version", "onHandAfter",
            "reservedAfter", "damagedAfter", "inspectionAfter", "suspectAfter", "inTransitAfter", "chain",
        ])
        for entry in entries { ledgerEntry(entry) }
    }

    private mutating func ledgerEntry(_ entry: LedgerEntry) {
        let line = entry.line
        func text(_ value: (some CustomStringConvertible)?) -> String { value.map { "\($0)" } ?? "" }
        record([
            "\(entry.sequence)", line.kind.name, entry.sku.text, entry.location.text, text(line.posting?.bucket.name),
            text(line.posting?.counterAccount.name), "\(line.posting?.units ?? 0)", "\(line.reservedDelta)",
            text(line.holdExpiresAt), text(line.promise?.reservation), text(line.promise), "\(line.occurredAt)",
            "\(line.recordedAt)", text(line.claimedAt), entry.source.text, line.eventID.reported.text, text(line.count),
            text(line.transfer), text(entry.kit?.text), text(line.reference?.text), text(line.reason?.text),
            text(line.attributes), text(entry.actor?.text), text(line.corrects), "\(line.version)",
            "\(line.after.onHand)", "\(line.after.reserved)", "\(line.after.damaged)", "\(line.after.inspection)",
            "\(line.after.suspect)", "\(line.after.inTransit)", line.chain.withBytes { $0.hexadecimal },
        ])
    }
}
