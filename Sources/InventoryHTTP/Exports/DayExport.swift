import Crypto
import Inventory
package import InventoryService
import StrictJSON

/// One closed day as NDJSON: an object a line, as the API shows a ledger line, or a balance at the day's end. The same day
/// always gives the same bytes.
package struct DayExport {
    /// What it came to so far; complete once `next` has returned nil.
    package private(set) var summary: ExportedDay

    private var reader: DayReader
    private var hasher = SHA256()

    package init(_ kind: ExportKind, _ day: ExportDay, from store: any ExportStore) {
        summary = ExportedDay(kind: kind, day: day)
        reader = DayReader(kind, day, from: store)
    }

    /// - Returns: the next lines; nil at the end.
    package mutating func next() async throws(StoreError) -> [UInt8]? {
        guard let page = try await reader.next() else {
            let digest = hasher.finalize().withUnsafeBytes { Digest($0) }
            summary.sha256 = digest ?? .zero
            return nil
        }
        let bytes =
            switch page {
            case .lines(let lines): text(of: lines)
            case .balances(let balances): text(of: balances)
            }
        summary.bytes += Int64(bytes.count)
        hasher.update(data: bytes)
        return bytes
    }

    private mutating func text(of lines: [LedgerEntry]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lines.count * 700)
        for line in lines {
            var writer = JSONWriter(reservingCapacity: 1_024)
            writer.ledgerEntry(line)
            bytes += writer.bytes
            bytes.append(0x0A)
            summary.firstSequence = min(summary.firstSequence ?? .max, line.sequence)
            summary.lastSequence = max(summary.lastSequence ?? .min, line.sequence)
        }
        summary.lines += Int64(lines.count)
        return bytes
    }

    private mutating func text(of balances: [DailyBalance]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(balances.count * 256)
        for balance in balances {
            var writer = JSONWriter(reservingCapacity: 256)
            writer.dailyBalance(balance, summary.day)
            bytes += writer.bytes
            bytes.append(0x0A)
        }
        summary.lines += Int64(balances.count)
        return bytes
    }
}

extension JSONWriter {
    fileprivate mutating func dailyBalance(_ balance: DailyBalance, _ day: ExportDay) {
        object {
            $0.field("day", day.description)
            $0.field("sku", balance.sku.text)
            $0.field("location", balance.location.text)
            $0.field("onHand", balance.figures.onHand)
            $0.field("reserved", balance.figures.reserved)
            $0.field("damaged", balance.figures.damaged)
            $0.field("inspection", balance.figures.inspection)
            $0.field("suspect", balance.figures.suspect)
            $0.field("inTransit", balance.figures.inTransit)
            $0.field("version", balance.version)
            $0.field("recordedAt", balance.recordedAt)
        }
    }
}
