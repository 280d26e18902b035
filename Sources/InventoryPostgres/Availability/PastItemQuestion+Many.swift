import Inventory
import InventoryService
import LibPQ

/// Many items asked about together. What each of them comes to is what the answer about it alone says.
extension PastItemQuestion {
    /// - Parameter items: different ones.
    /// - Returns: those of them of which there is something to show, in their order.
    func found(
        _ items: [Part], at places: [Place], in scope: GroupID?, on session: Session
    ) throws(PQError) -> [ItemPlaces] {
        guard !items.isEmpty, !places.isEmpty else { return [] }
        let parts = try parts(of: items, on: session)
        var all: [ItemNumber: Part] = [:]
        for part in items + parts.values.joined() { all[part.number] = part }
        let known = try knowledge(of: all.values.sorted { $0.number < $1.number }, at: places, on: session)
        let there = Set(known.stock.keys.map(\.item))
        let general = known.rules.filter { $0.scope.sku == nil }
        let named = Dictionary(grouping: known.rules.filter { $0.scope.sku != nil }, by: \.scope.sku)
        return items.compactMap { item in
            let parts = parts[item.number] ?? []
            guard (parts.isEmpty ? [item] : parts).contains(where: { there.contains($0.number) }) else { return nil }
            // The rules that may hold something of it back, so that no balance is held against those of other items.
            var own = known
            own.rules = general + ([item] + parts).flatMap { named[$0.sku] ?? [] }
            return found(item, made: parts, at: places, own, in: scope)
        }
    }
}

extension PastItemQuestion.Part {
    /// An item as it was.
    init(_ row: Row) {
        let row = ColumnReader<PastItemColumn>(row)
        self.init(
            number: ItemNumber(row.int8(.number)), sku: SKU(stored: row.text(.sku)), name: row.text(.name),
            status: ItemStatus(stored: row.text(.status)), quantity: 1)
    }
}
