package import Inventory

/// A row that cannot be read, of a file whose rows add up: what it says of which item it is of.
package struct UnreadRow: Sendable, Hashable {
    /// Of the file.
    package let line: Int64
    package let source: SourceID
    /// All that it names, by any name.
    package let items: [ItemReference]
    package let places: [LocationReference]
    /// Nil where that cannot be read: of any.
    package let asOf: Timestamp?

    package init(
        line: Int64, source: SourceID, items: [ItemReference], places: [LocationReference], asOf: Timestamp?
    ) {
        self.line = line
        self.source = source
        self.items = items
        self.places = places
        self.asOf = asOf
    }
}

/// Rows of one item, place and instant add up, so one that cannot be read takes the others with it, whatever they call the
/// item and the place.
struct WholeItems: Sendable {
    private struct Sum: Hashable {
        let names: FileNames
        /// Nil: of whatever instant.
        let asOf: Timestamp?
    }

    private let store: any ImportStore
    /// The first row of each that cannot be read.
    private var unread: [Sum: Int64] = [:]

    /// - Parameter rows: of the whole file.
    init(without rows: [UnreadRow], _ store: any ImportStore) async throws(StoreError) {
        self.store = store
        guard !rows.isEmpty else { return }
        var names: [FileNames] = []
        var places: [Int] = []
        for (index, row) in rows.enumerated() {
            for item in row.items {
                for place in row.places {
                    names.append(FileNames(source: row.source, item: item, place: place))
                    places.append(index)
                }
            }
        }
        for (meaning, place) in zip(try await store.meanings(of: names), places) {
            let sum = Sum(names: meaning, asOf: rows[place].asOf)
            unread[sum] = min(unread[sum] ?? .max, rows[place].line)
        }
    }

    /// Records with their names looked up: those of which another row cannot be read are left alone, and each of a count is
    /// known by what it is about.
    func marked(_ records: [ImportRecord]) async throws(StoreError) -> [ImportRecord] {
        var names: [FileNames] = []
        var places: [Int] = []
        for (index, record) in records.enumerated() {
            guard let named = whatIsNamed(by: record) else { continue }
            names.append(named)
            places.append(index)
        }
        guard !names.isEmpty else { return records }
        var records = records
        for (meaning, place) in zip(try await store.meanings(of: names), places) { mark(&records[place], meaning) }
        return records
    }

    /// Nil where nothing depends on them.
    private func whatIsNamed(by record: ImportRecord) -> FileNames? {
        switch record.content {
        case .fact(let source, let line) where line.record != nil:
            if case .fact(let fact, _) = line.content {
                return FileNames(source: source, item: fact.item, place: fact.place)
            }
            return FileNames(source: source, item: line.names?.item, place: line.names?.place)
        case .figure(let figure) where !unread.isEmpty:
            return FileNames(source: figure.source, item: figure.item, place: figure.location)
        default: return nil
        }
    }

    private func mark(_ record: inout ImportRecord, _ meaning: FileNames) {
        switch record.content {
        case .fact(let source, var line):
            line.record = line.record?.about(meaning)
            if let eventAt = record.eventAt, case .id(let id)? = meaning.place { line.move(to: eventAt(id)) }
            if case .fact(let fact, _) = line.content,
                let other = unreadRow(of: meaning, fact.occurredAt ?? line.arrivedAt)
            {
                line.leaveAlone(besides: Int(other))
                if let number = line.record?.number, case .malformed(let problem, let event?) = line.content {
                    // Each is kept by itself.
                    line.content = .malformed(problem, eventID: "\(event)/\(number)")
                }
            }
            record.content = .fact(source, line)
        case .figure(let figure):
            guard let other = unreadRow(of: meaning, figure.asOf) else { return }
            record.content = .rejected(
                code: LineProblem.Code.itemNotWhole.rawValue,
                detail:
                    "line \(other) of the file is of the same item and cannot be read, and rows of one item add up: "
                    + "nothing of the item was compared; mend that line, and import the file again",
                eventID: nil)
        default: break
        }
    }

    private func unreadRow(of names: FileNames, _ asOf: Timestamp?) -> Int64? {
        guard !unread.isEmpty else { return nil }
        return unread[Sum(names: names, asOf: asOf)] ?? unread[Sum(names: names, asOf: nil)]
    }
}

extension SubmittedLine {
    /// A line of another count.
    fileprivate mutating func move(to count: EventID) {
        guard case .fact(var fact, _) = content, let record else { return }
        fact.eventID = count.record(record.number)
        content = .fact(fact, fact.fingerprint(sha256))
    }
}

extension FileRecordIdentity {
    private static let digits = 32

    /// Marks what some fields of a record say.
    package static func mark(_ fields: [String], of values: [String: String]) -> String {
        var text: [UInt8] = []
        for field in fields.sorted() {
            let value = values[field] ?? ""
            text += Array("\(field.utf8.count):\(field)\(value.utf8.count):\(value)".utf8)
        }
        return "record:" + String(sha256(text).withBytes { $0.hexadecimal }.prefix(digits))
    }

    /// What a record is about, besides its source.
    package static let subjectFields = ["location", "locationCode", "codeSystem", "sku", "code", "bucket"]

    /// The same however the record names its item and its place.
    fileprivate func about(_ meaning: FileNames) -> FileRecordIdentity {
        var values = ["bucket": bucket]
        var systems: [String] = []
        switch meaning.item {
        case .sku(let sku)?: values["sku"] = sku.text
        case .code(let system, let code)?:
            values["code"] = code.text
            systems.append(system?.text ?? "")
        // It names several, or none that can be read.
        case nil: return self
        }
        switch meaning.place {
        case .id(let id)?: values["location"] = id.text
        case .code(let system, let code)?:
            values["locationCode"] = code.text
            systems.append(system?.text ?? "")
        case nil: return self
        }
        values["codeSystem"] = systems.joined(separator: "\n")
        return FileRecordIdentity(
            subject: Self.mark(Self.subjectFields, of: values), named: named, content: content, receivedAt: receivedAt,
            number: number, bucket: bucket)
    }
}
