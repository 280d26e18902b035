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
        record([
            "\(entry.sequence)", line.kind.name, entry.sku.text, entry.location.text,
            Self.text(line.posting?.bucket.name),
            Self.text(line.posting?.counterAccount.name), "\(line.posting?.units ?? 0)", "\(line.reservedDelta)",
            Self.text(line.holdExpiresAt), Self.text(line.promise?.reservation), Self.text(line.promise),
            "\(line.occurredAt)",
            "\(line.recordedAt)", Self.text(line.claimedAt), entry.source.text, line.eventID.reported.text,
            Self.text(line.count),
            Self.text(line.transfer), Self.text(entry.kit?.text), Self.text(line.reference?.text),
            Self.text(line.reason?.text),
            Self.text(line.attributes), Self.text(entry.actor?.text), Self.text(line.corrects), "\(line.version)",
            "\(line.after.onHand)", "\(line.after.reserved)", "\(line.after.damaged)", "\(line.after.inspection)",
            "\(line.after.suspect)", "\(line.after.inTransit)", line.chain.withBytes { $0.hexadecimal },
        ])
    }
}
