package import InventoryService

/// What a row is found and listed by: texts in the order of their bytes, as `COLLATE "C"` has it.
package struct TableKey: Sendable, Hashable, Comparable {
    private let parts: [[UInt8]]

    package init(_ parts: String...) { self.init(parts) }

    package init(_ parts: [String]) { self.parts = parts.map { Array($0.utf8) } }

    package static func < (left: Self, right: Self) -> Bool {
        left.parts.lexicographicallyPrecedes(right.parts) { $0.lexicographicallyPrecedes($1) }
    }
}

/// Rows of master data that count their versions.
package struct InMemoryTable<Value: Sendable & Hashable>: Sendable {
    private struct Row: Sendable {
        var value: Value
        var version: Int64
        var isDeleted = false
    }

    private var rows: [TableKey: Row] = [:]
    /// What comes back after it was deleted goes on counting.
    private let keepsDeleted: Bool

    package init(keepsDeleted: Bool) { self.keepsDeleted = keepsDeleted }

    package subscript(key: TableKey) -> Stored<Value>? {
        guard let row = rows[key], !row.isDeleted else { return nil }
        return Stored(value: row.value, wasCreated: false, version: row.version)
    }

    /// Makes what was never there, and brings back as it was what was deleted.
    package mutating func ensure(_ value: Value, at key: TableKey) {
        guard let row = rows[key] else { return rows[key] = Row(value: value, version: 1) }
        if row.isDeleted { rows[key] = Row(value: row.value, version: row.version + 1) }
    }

    /// By key.
    package var all: [(key: TableKey, stored: Stored<Value>)] {
        rows.keys.sorted().compactMap { key in self[key].map { (key, $0) } }
    }

    /// - Parameter rejection: what is wrong with a value that is not there already.
    package mutating func put(
        _ value: Value, at key: TableKey, _ precondition: Precondition,
        unless rejection: () -> MasterRejection? = { nil }
    ) -> MasterResult<Stored<Value>> {
        let known = self[key]
        guard precondition.allows(known?.version) else { return .failure(.preconditionFailed(current: known?.version)) }
        if let known, known.value == value { return .success(known.unchanged) }
        if let rejection = rejection() { return .failure(rejection) }
        let version = (rows[key]?.version ?? 0) + 1
        rows[key] = Row(value: value, version: version)
        return .success(Stored(value: value, wasCreated: known == nil, version: version))
    }

    /// - Parameter rejection: why what is there must stay.
    package mutating func delete(
        _ key: TableKey, _ precondition: Precondition, unless rejection: () -> MasterRejection? = { nil }
    ) -> MasterResult<Void> {
        guard let known = self[key] else { return .failure(.notFound) }
        guard precondition.allows(known.version) else { return .failure(.preconditionFailed(current: known.version)) }
        if let rejection = rejection() { return .failure(rejection) }
        rows[key] = keepsDeleted ? Row(value: known.value, version: known.version + 1, isDeleted: true) : nil
        return .success(())
    }

    /// Takes rows out without a question.
    package mutating func forget(where isGone: (Value) -> Bool) {
        for (key, row) in rows where isGone(row.value) { rows[key] = nil }
    }

    package func page(_ request: PageRequest, where isListed: (Value) -> Bool = { _ in true }) -> Page<Stored<Value>> {
        Page(
            of: all.filter { isListed($0.stored.value) }, request,
            key: { $0.key }, element: { $0.stored })
    }
}

extension Page {
    /// One page of what is all there, in the order of its keys. The parts of a key stand in a cursor with a line break between.
    package init<Row>(of rows: [Row], _ request: PageRequest, key: (Row) -> TableKey, element: (Row) -> Element) {
        let after = request.after.map { text in
            TableKey(text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
        }
        let rest = rows.sorted { key($0) < key($1) }.filter { row in after.map { $0 < key(row) } ?? true }
        self.init(
            elements: rest.prefix(request.limit).map(element), hasMore: rest.count > request.limit,
            total: request.includesTotal ? Int64(rows.count) : nil)
    }
}
