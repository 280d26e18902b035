import Inventory
import InventoryService
import StrictJSON

/// What is shown of an answer to a pair.
struct PairSummary {
    var sku: SKU?
    var available: Int64?
    var band: Band?
    var view: BalanceView?
    var unknown: UnknownInQuestion?

    init(_ pair: AvailabilityPair, _ answer: PairAnswer) {
        switch answer {
        case .balance(let found): (sku, available, band, view) = (found.sku, found.availableToSell, found.band, found)
        case .network(let found): (sku, available, band) = (found.sku, found.availableToSell, found.band)
        case .unknown(let what):
            unknown = what
            if case .sku(let asked) = pair.item { sku = asked }
        }
    }
}

extension JSONWriter {
    mutating func pairAnswer(_ pair: AvailabilityPair, _ answer: PairAnswer, heard: [LocationID: Timestamp]) {
        let summary = PairSummary(pair, answer)
        object {
            $0.pairNames(pair, summary)
            $0.field("availableToSell", summary.available)
            $0.field("band", summary.band?.rawValue)
            $0.name("availability")
            $0.optional(summary.view) { $0.availability($1, heard: heard) }
            $0.pairProblem(pair, summary)
        }
    }

    mutating func pairNames(_ pair: AvailabilityPair, _ summary: PairSummary) {
        field("sku", summary.sku?.text)
        if case .location(let location) = pair.place {
            field("location", location.text)
        } else {
            field("location", nil as String?)
        }
        if case .group(let group) = pair.place {
            field("group", group.text)
        } else {
            field("group", nil as String?)
        }
    }

    mutating func pairProblem(_ pair: AvailabilityPair, _ summary: PairSummary) {
        name("problem")
        optional(summary.unknown) { writer, unknown in
            writer.object {
                switch unknown {
                case .item:
                    $0.field("code", "unknownSku")
                    $0.field("detail", "no item is known by this sku or code")
                    $0.field("pointer", pair.item.isCode ? "/code" : "/sku")
                case .location:
                    $0.field("code", "unknownLocation")
                    $0.field("detail", "no location has this id")
                    $0.field("pointer", "/location")
                case .group:
                    $0.field("code", "unknownGroup")
                    $0.field("detail", "no location group has this id")
                    $0.field("pointer", "/group")
                }
            }
        }
    }
}

extension ItemReference {
    fileprivate var isCode: Bool {
        if case .code = self { true } else { false }
    }
}
