import Inventory
import InventoryService
import StrictJSON

extension JSONWriter {
    /// One balance, every field of the contract's section 7.
    /// - Parameters:
    ///   - heard: when each location was heard last; nil for the past, of which it is not kept.
    ///   - placed: says from how far away it is seen.
    mutating func availability(
        _ view: BalanceView, heard: [LocationID: Timestamp]?, name: String? = nil, placed: PlacedBalance? = nil
    ) {
        let heardAt = heard?[view.location]
        // A kit has no stock of its own.
        let figures = view.kitsAvailable == nil ? view.figures : nil
        let held = view.kitsAvailable == nil ? view.holdBack : nil
        object {
            $0.field("sku", view.sku.text)
            $0.field("location", view.location.text)
            if let name { $0.field("name", name) }
            $0.field("onHand", figures?.onHand)
            $0.field("reserved", figures?.reserved)
            $0.field("safetyStock", held.map { $0.safetyStock + $0.lagBuffer })
            $0.field("damaged", figures?.damaged)
            $0.field("inspection", figures?.inspection)
            $0.field("suspect", figures?.suspect)
            $0.field("inTransit", figures?.inTransit)
            $0.field("ringFencedForOthers", held?.fenced.forOthers)
            $0.field("ringFencedForChannel", held.map { $0.fenced.forChannel ?? 0 })
            $0.field("availableToSell", view.availableToSell)
            $0.field("shortfall", figures.map { _ in view.terms.shortfall })
            $0.field("band", view.band.rawValue)
            $0.field("eligible", view.isEligible)
            if let placed { $0.distance(placed.distanceKm) }
            $0.field("version", figures.map { _ in view.version })
            $0.field("lastCountedAt", view.countedAt)
            $0.volatile {
                $0.field("lastHeardAt", heardAt)
                $0.field("lagSeconds", heardAt.map { $0.wholeSeconds(until: view.asOf) })
                $0.field("asOf", view.asOf)
            }
        }
    }

    /// What was there at an instant: figures only, since nothing can be promised then.
    /// - Parameter isPlaced: among the locations of an item, which say from how far away they are seen.
    mutating func occurred(_ balance: OccurredBalance, asOf: Timestamp, isPlaced: Bool = false) {
        let figures = balance.isKit ? nil : balance.figures
        object {
            $0.field("sku", balance.sku.text)
            $0.field("location", balance.location.text)
            $0.field("onHand", figures?.onHand)
            for name in ["reserved", "safetyStock"] as [StaticString] { $0.field(name, nil as Int64?) }
            $0.field("damaged", figures?.damaged)
            $0.field("inspection", figures?.inspection)
            $0.field("suspect", figures?.suspect)
            $0.field("inTransit", figures?.inTransit)
            for name in [
                "ringFencedForOthers", "ringFencedForChannel", "availableToSell", "shortfall", "band", "eligible",
            ] as [StaticString] {
                $0.field(name, nil as Int64?)
            }
            if isPlaced { $0.distance(nil) }
            $0.field("version", figures.map { _ in balance.version })
            $0.field("lastCountedAt", balance.countedAt)
            $0.field("lastHeardAt", nil as String?)
            $0.field("lagSeconds", nil as Int64?)
            $0.field("asOf", asOf)
        }
    }

    /// - Parameters:
    ///   - limit: of the locations shown; nil for all.
    ///   - heard: when each location was heard last; nil for the past.
    mutating func itemPlaces(
        _ found: ItemPlaces, limit: Int?, heard: [LocationID: Timestamp]?, asOf: Timestamp
    ) {
        object {
            $0.field("sku", found.item.sku.text)
            $0.field("availableToSell", found.item.availableToSell)
            $0.field("band", found.item.band.rawValue)
            $0.name("locations")
            $0.array(found.places.prefix(limit ?? .max)) { $0.availability($1.balance, heard: heard, placed: $1) }
            $0.volatile { $0.field("asOf", asOf) }
        }
    }

    mutating func itemAvailability(_ item: ItemAvailability) {
        object {
            $0.field("sku", item.sku.text)
            $0.field("name", item.name)
            $0.field("availableToSell", item.availableToSell)
            $0.field("band", item.band.rawValue)
        }
    }
}

extension Timestamp {
    /// 0 when `later` is not later.
    func wholeSeconds(until later: Timestamp) -> Int64 { max(0, later.microseconds - microseconds) / 1_000_000 }
}
