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
        var text = CSVText(separator: separator)
        text.record(Self.columns)
        return text.bytes
    }

    func lines(of page: FeedReader.Page) -> [UInt8] {
        var text = CSVText(separator: separator, reservingCapacity: page.rows.count * 64)
        for row in page.rows {
            guard let code = row.code else { continue }
            let pickup = row.isPickupRestricted ? nil : page.place.pickup
            text.record([
                page.place.id.text, code, "\(row.availableToSell)", row.band.asGoogleSays,
                pickup == nil ? "not_supported" : pickupMethod, pickup?.text ?? "",
            ])
        }
        return text.bytes
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
