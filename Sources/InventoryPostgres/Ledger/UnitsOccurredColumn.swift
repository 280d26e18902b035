import Inventory
import LibPQ

/// A balance and an instant that were asked about.
enum BalanceInstantColumn: Int32, SelectedColumn {
    case item, location, instant

    var selected: String {
        switch self {
        case .item: "asked.item_id"
        case .location: "asked.location_id"
        case .instant: "asked.instant"
        }
    }
}

/// What was there at an instant, of row `u` of `units_occurred`.
enum UnitsOccurredColumn: Int32, SelectedColumn {
    case onHand, damaged, inspection, suspect, inTransit

    var selected: String {
        switch self {
        case .onHand: "u.on_hand"
        case .damaged: "u.damaged"
        case .inspection: "u.inspection"
        case .suspect: "u.suspect"
        case .inTransit: "u.in_transit"
        }
    }
}

extension Figures {
    init(_ row: ColumnReader<UnitsOccurredColumn>) {
        self.init(
            onHand: row.int8(.onHand), damaged: row.int8(.damaged), inspection: row.int8(.inspection),
            suspect: row.int8(.suspect), inTransit: row.int8(.inTransit), reserved: 0)
    }
}
