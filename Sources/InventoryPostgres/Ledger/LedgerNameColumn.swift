import Inventory
import InventoryService
import LibPQ

/// What lists say of a ledger line beside its own columns: its sequence, and what its item `i`, location `l`, source `s`,
/// kit and actor are called.
enum LedgerNameColumn: Int32, SelectedColumn {
    case sequence, sku, location, source, kit, actor

    var selected: String {
        switch self {
        case .sequence: "m.sequence"
        case .sku: "i.sku"
        case .location: "l.id"
        case .source: "s.id"
        case .kit: "(select k.sku from item k where k.item_id = m.kit_id)"
        case .actor: "(select a.name from actor a where a.actor_id = m.actor_id)"
        }
    }
}

extension LedgerEntry {
    /// Of a row of `LedgerColumn.selectList` and `LedgerNameColumn.selectList`.
    init(_ row: Row) {
        let named = ColumnReader<LedgerNameColumn>(row, from: LedgerColumn.count)
        self.init(
            line: LedgerLine(row), sequence: named.int8(.sequence), sku: SKU(stored: named.text(.sku)),
            location: LocationID(stored: named.text(.location)), source: SourceID(stored: named.text(.source)),
            kit: named.textIfPresent(.kit).map(SKU.init(stored:)),
            actor: named.textIfPresent(.actor).map(ActorName.init(stored:)))
    }
}
