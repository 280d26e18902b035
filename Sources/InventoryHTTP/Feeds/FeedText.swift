import Inventory
import InventoryService

/// A feed as Google's local inventory data specification has it: https://support.google.com/merchants/answer/14819809.
/// Prices are not ours, and left out.
struct FeedText {
    private static let columns = ["store_code", "id", "quantity", "availability", "pickup_method", "pickup_sla"]

    private let separator: UInt8
    private let pickupMethod: String

    init(_ feed: Feed) {
        separator = feed.separator == .tab ? 0x09 : 0x2C
        pickupMethod = feed.pickupMethod.rawValue
    }

    var header: [UInt8] {
        var bytes: [UInt8] = []
        append(Self.columns, to: &bytes)
        return bytes
    }

    func lines(of page: FeedReader.Page) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(page.rows.count * 64)
        for row in page.rows {
            guard let code = row.code else { continue }
            let pickup = row.isPickupRestricted ? nil : page.place.pickup
            append(
                [
                    page.place.id.text, code, "\(row.availableToSell)", row.band.asGoogleSays,
                    pickup == nil ? "not_supported" : pickupMethod, pickup?.text ?? "",
                ], to: &bytes)
        }
        return bytes
    }

    /// One record (RFC 4180).
    private func append(_ fields: [String], to bytes: inout [UInt8]) {
        for (place, field) in fields.enumerated() {
            if place > 0 { bytes.append(separator) }
            if field.utf8.contains(where: { $0 == separator || $0 == 0x22 || $0 < 0x20 }) {
                bytes.append(0x22)
                for byte in field.utf8 {
                    if byte == 0x22 { bytes.append(0x22) }
                    bytes.append(byte)
                }
                bytes.append(0x22)
            } else {
                bytes.append(contentsOf: field.utf8)
            }
        }
        bytes.append(contentsOf: [0x0D, 0x0A])
    }
}

extension Band {
    fileprivate var asGoogleSays: String {
        switch self {
        case .inStock: "in_stock"
        case .low: "limited_availability"
        case .out: "out_of_stock"
        }
    }
}
