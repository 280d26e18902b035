import Inventory
import LibPQ

/// One part of a kit as it is now.
struct KitRecipePart {
    let kit: ItemNumber
    let item: ItemNumber
    /// In one kit, 1 or more.
    let quantity: Int64
    /// A recall of the part stops the kit too.
    let isSaleStopped: Bool

    fileprivate enum Column: Int32, SelectedColumn {
        case kit, item, quantity, isSaleStopped

        var selected: String {
            switch self {
            case .kit: "c.kit_id"
            case .item: "c.component_id"
            case .quantity: "c.quantity"
            case .isSaleStopped: "i.status = 'stopSale'"
            }
        }
    }

    fileprivate init(_ row: Row) {
        let row = ColumnReader<Column>(row)
        kit = ItemNumber(row.int8(.kit))
        item = ItemNumber(row.int8(.item))
        quantity = row.int8(.quantity)
        isSaleStopped = row.bool(.isSaleStopped)
    }
}

extension Session {
    /// What kits are made of now, by kit. Items that are no kits have nothing; of none nothing is asked.
    func recipes(of kits: some Sequence<ItemNumber>) throws(PQError) -> [ItemNumber: [KitRecipePart]] {
        let asked = Set(kits).sorted()
        guard !asked.isEmpty else { return [:] }
        let parts = try query(.kitRecipesRead) { $0.int8s(asked) { $0.rawValue } }.map(KitRecipePart.init)
        return Dictionary(grouping: parts, by: \.kit)
    }
}

extension Statement {
    fileprivate static let kitRecipesRead = Statement(
        "kit_recipes_read", [.int8Array],
        sql: """
            select \(KitRecipePart.Column.selectList)
            from unnest($1) as asked(kit_id)
            cross join lateral (
                select * from kit_component c where c.kit_id = asked.kit_id and c.valid_until is null offset 0
            ) c
            cross join lateral (select * from item i where i.item_id = c.component_id offset 0) i
            """)
}
