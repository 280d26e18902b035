import Inventory
import LibPQ

/// A balance and an instant that were asked about.
enum BalanceInstantColumn: Int32, ColumnTable {
    case item, location, instant

    /// - Parameter row: the row's name.
    static func selectList(of row: String) -> String {
        selectList { column in
            switch column {
            case .item: "\(row).item_id"
            case .location: "\(row).location_id"
            case .instant: "\(row).instant"
            }
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
