import Inventory
import InventoryService
import StrictJSON

extension JSONWriter {
    /// One balance, every field of the contract's section 7.
    /// - Parameter heard: when each location was heard last.
    mutating func availability(_ view: BalanceView, heard: [LocationID: Timestamp], name: String? = nil) {
        let terms = view.terms
        let available = terms.availableToSell
        let heardAt = heard[view.location]
        object {
            $0.field("sku", view.sku.text)
            $0.field("location", view.location.text)
            if let name { $0.field("name", name) }
            $0.field("onHand", view.figures.onHand)
            $0.field("reserved", view.figures.reserved)
            $0.field("safetyStock", terms.safetyStock)
            $0.field("damaged", view.figures.damaged)
            $0.field("inspection", view.figures.inspection)
            $0.field("suspect", view.figures.suspect)
            $0.field("inTransit", view.figures.inTransit)
            $0.field("ringFencedForOthers", Int64(0))
            $0.field("ringFencedForChannel", Int64(0))
            $0.field("availableToSell", available)
            $0.field("shortfall", terms.shortfall)
            $0.field("band", Band(availableToSell: available, threshold: 0).rawValue)
            $0.field("eligible", view.isEligible)
            $0.field("version", view.version)
            $0.field("lastCountedAt", view.countedAt)
            $0.volatile {
                $0.field("lastHeardAt", heardAt)
                $0.field("lagSeconds", heardAt.map { $0.wholeSeconds(until: view.asOf) })
                $0.field("asOf", view.asOf)
            }
        }
    }

    /// What was there at an instant: figures only, since nothing can be promised then.
    mutating func occurred(_ balance: OccurredBalance, asOf: Timestamp) {
        object {
            $0.field("sku", balance.sku.text)
            $0.field("location", balance.location.text)
            $0.field("onHand", balance.figures.onHand)
            for name in ["reserved", "safetyStock"] as [StaticString] { $0.field(name, nil as Int64?) }
            $0.field("damaged", balance.figures.damaged)
            $0.field("inspection", balance.figures.inspection)
            $0.field("suspect", balance.figures.suspect)
            $0.field("inTransit", balance.figures.inTransit)
            for name in [
                "ringFencedForOthers", "ringFencedForChannel", "availableToSell", "shortfall", "band", "eligible",
            ] as [StaticString] {
                $0.field(name, nil as Int64?)
            }
            $0.field("version", balance.version)
            $0.field("lastCountedAt", balance.countedAt)
            $0.field("lastHeardAt", nil as String?)
            $0.field("lagSeconds", nil as Int64?)
            $0.field("asOf", asOf)
        }
    }

    mutating func itemAvailability(_ item: ItemAvailability) {
        object {
            $0.field("sku", item.sku.text)
            $0.field("name", item.name)
            $0.field("availableToSell", item.availableToSell)
            $0.field("band", Band(availableToSell: item.availableToSell, threshold: 0).rawValue)
        }
    }
}

extension Timestamp {
    /// 0 when `later` is not later.
    func wholeSeconds(until later: Timestamp) -> Int64 { max(0, later.microseconds - microseconds) / 1_000_000 }
}
