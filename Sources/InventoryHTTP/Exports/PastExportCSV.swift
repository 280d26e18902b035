import Inventory
import InventoryService

/// Under the names that they have in JSON; what is null there is empty here.
extension CSVText {
    static let itemColumns = ["sku", "name", "availableToSell", "band", "asOf"]

    static let availabilityColumns = [
        "sku", "location", "onHand", "reserved", "safetyStock", "damaged", "inspection", "suspect", "inTransit",
        "ringFencedForOthers", "ringFencedForChannel", "availableToSell", "shortfall", "band", "eligible", "version",
        "lastCountedAt", "asOf",
    ]

    mutating func pastItem(_ item: ItemAvailability, asOf: Timestamp) {
        record([item.sku.text, item.name, "\(item.availableToSell)", item.band.rawValue, "\(asOf)"])
    }

    mutating func availability(_ view: BalanceView) {
        // A kit has no stock of its own.
        let figures = view.kitsAvailable == nil ? view.figures : nil
        let held = view.kitsAvailable == nil ? view.holdBack : nil
        record(
            [view.sku.text, view.location.text]
                + [
                    figures?.onHand, figures?.reserved, held.map { $0.safetyStock + $0.lagBuffer }, figures?.damaged,
                    figures?.inspection, figures?.suspect, figures?.inTransit, held?.fenced.forOthers,
                    held.map { $0.fenced.forChannel ?? 0 }, view.availableToSell,
                    figures.map { _ in view.terms.shortfall },
                ].map(Self.text)
                + [
                    view.band.rawValue, "\(view.isEligible)", Self.text(figures.map { _ in view.version }),
                    Self.text(view.countedAt), "\(view.asOf)",
                ])
    }

    mutating func occurred(_ balance: OccurredBalance, asOf: Timestamp) {
        let figures = balance.isKit ? nil : balance.figures
        record(
            [balance.sku.text, balance.location.text, Self.text(figures?.onHand), "", ""]
                + [figures?.damaged, figures?.inspection, figures?.suspect, figures?.inTransit].map(Self.text)
                + Array(repeating: "", count: 6)
                + [Self.text(figures.map { _ in balance.version }), Self.text(balance.countedAt), "\(asOf)"])
    }
}
