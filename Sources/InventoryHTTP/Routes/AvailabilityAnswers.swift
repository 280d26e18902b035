import Inventory
import InventoryService
import StrictJSON

extension JSONWriter {
    /// One balance, every field of the contract's section 7.
    mutating func availability(_ view: BalanceView, name: String? = nil) {
        let terms = view.terms
        let available = terms.availableToSell
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
                $0.field("lastHeardAt", nil as String?)
                $0.field("lagSeconds", nil as Int64?)
                $0.field("asOf", view.asOf)
            }
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
