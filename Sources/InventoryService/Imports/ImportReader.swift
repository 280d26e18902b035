package import Inventory

/// One record of a file, ready to be applied.
package struct ImportRecord: Sendable {
    package enum Content: Sendable {
        case item(ListedItem, parts: [KitPart])
        case location(Location)
        case alias(Alias)
        case locationAlias(LocationAlias)
        case locationGroup(LocationGroup)
        case source(Source)
        case stockRule(StockRule, about: ItemReference?)
        case supply(ExpectedSupply, of: ItemReference)
        case transfer(NewTransfer)
        case fact(SourceID, SubmittedLine)
        case figure(BookFigure)
        /// Another record says something else of the same thing.
        case conflict(String)
        case skipped(because: String)
        case rejected(code: String, detail: String, eventID: String?)
    }

    /// 1 for the first line of the file.
    package let line: Int64
    package internal(set) var content: Content
    /// How many rows of the file it stands for, 1 or more: those that are one thing together.
    package let rows: Int
    /// What a person should know of it although it can be applied.
    package let notes: [String]
    /// Fields that it says something of; kept of locations, groups and sources only.
    package let named: Set<String>
    /// Of a line of a count whose place is named by a code, in a file that names places by their ids too: the count's event id by
    /// the place's id, so that both are lines of one count.
    var eventAt: (@Sendable (LocationID) -> EventID)?
    /// The record as it stands in the file; one field where it has none, as a JSON line.
    private let fields: [String]
    /// Says what is wrong with a field, given the API's pointer to it and words for it, in the file's words: its column, and
    /// what stands there.
    let explain: @Sendable (_ pointer: String, _ detail: String) -> String
    /// Of what several rows are together, the row of each element by the API's pointer to it.
    private let elements: [String: Element]

    /// An element of a list, where it stands in the file.
    package struct Element: Sendable {
        /// Its row.
        let record: ImportRecord
        /// To it in its row alone.
        let pointer: String

        package init(record: ImportRecord, pointer: String) {
            self.record = record
            self.pointer = pointer
        }
    }

    package init(
        line: Int64, content: Content, rows: Int = 1, notes: [String] = [], named: Set<String> = [],
        fields: [String],
        elements: [String: Element] = [:], eventAt: (@Sendable (LocationID) -> EventID)? = nil,
        explain: @escaping @Sendable (_ pointer: String, _ detail: String) -> String = { "\($0) \($1)" }
    ) {
        self.line = line
        self.content = content
        self.rows = rows
        self.notes = notes
        self.named = named
        self.fields = fields
        self.elements = elements
        self.eventAt = eventAt
        self.explain = explain
    }

    /// The row that a pointer is about, and what is wrong there in the file's words.
    /// - Parameter pointer: empty for what is about all of it.
    func blame(_ pointer: String, _ detail: String) -> (row: ImportRecord, words: String) {
        guard !pointer.isEmpty else { return (self, detail) }
        // `/locations/3`, and `/lines/2` of `/lines/2/sku`.
        let parts = pointer.split(separator: "/")
        guard parts.count > 1, let element = elements["/\(parts[0])/\(parts[1])"] else {
            return (self, explain(pointer, detail))
        }
        let rest = parts.dropFirst(2).map { "/\($0)" }.joined()
        return (element.record, element.record.explain(element.pointer + rest, detail))
    }

    /// The record's beginning as one text.
    package var raw: String {
        guard fields.count > 1 else { return fields.first ?? "" }
        var text = ""
        for (index, field) in fields.enumerated() where text.utf8.count <= ImportReportLine.rawLengthMax {
            let needsQuotes = field.utf8.contains { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A }
            if index > 0 { text += "," }
            text += needsQuotes ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
        }
        return text
    }
}

/// A file on this machine, and how it is to be read.
package struct ImportFile: Sendable {
    package let path: String
    /// Where other files that the mapping names may be looked for, beside the file itself; nil where it may name none.
    package let mappingFolder: String?
    package let order: ImportOrder
    /// Of the file's content.
    package let digest: Digest
    /// Names the records that have no name of their own.
    package var receipt: FileReceipt?
    /// Location codes as they are mapped when the file is opened, for things that are kept by ids.
    var places: [LocationReference: LocationID] = [:]

    /// - Returns: nil for a code that is mapped to none, or cannot be one.
    package func location(_ codeSystem: String, _ code: String) -> LocationID? {
        guard let system = try? CodeSystem(codeSystem), let code = try? Code(code) else { return nil }
        return places[.code(system: system, code.canonical(in: system))]
    }

    package init(
        path: String, mappingFolder: String?, order: ImportOrder, digest: Digest, receipt: FileReceipt? = nil
    ) {
        self.path = path
        self.mappingFolder = mappingFolder
        self.order = order
        self.digest = digest
        self.receipt = receipt
    }

    /// Of the content and of how it is read: its kind, format, mapping, source and code system.
    package var reading: Digest {
        let parts = [
            order.kind.rawValue, order.format?.rawValue ?? "", order.source?.text ?? "", order.codeSystem?.text ?? "",
            order.mapping ?? "",
        ]
        var bytes = digest.bytes
        for part in parts { bytes += Array("\(part.utf8.count):\(part)".utf8) }
        return sha256(bytes)
    }
}

/// When a file was received for the first time, however often it comes again.
package struct FileReceipt: Sendable, Hashable {
    /// Its content, whatever it was read as.
    package let content: Timestamp
    /// Its content, read as it is now.
    package let reading: Timestamp

    package init(content: Timestamp, reading: Timestamp) {
        self.content = content
        self.reading = reading
    }
}

/// Knows the formats of files and mappings, which this target does not.
package protocol ImportReader: Sendable {
    /// - Returns: what a mapping is for.
    /// - Throws: what is wrong with it.
    func kind(ofMapping text: String) throws(ImportProblem) -> ImportKind

    /// - Throws: what can be told to be wrong from the beginning of the file.
    func open(_ file: ImportFile) throws(ImportProblem) -> any ImportRecords
}

/// The records of an open file, one behind the other. Both calls block for as long as they read, which is a few MB at
/// most: they may come back with fewer records than asked for, or none, although there are more.
package protocol ImportRecords: AnyObject {
    /// Passes over rows, looking only for what makes the whole file unusable, and remembering what says of a thing what.
    /// - Returns: how many rows, at most `limit` but for rows that are one thing together; nil at the end.
    func pass(_ limit: Int) throws(ImportProblem) -> Int?

    /// - Returns: at most `limit`; nil at the end.
    func next(_ limit: Int) throws(ImportProblem) -> [ImportRecord]?

    /// Rows that cannot be read, of a kind whose rows add up, as far as the file was passed over.
    var unread: [UnreadRow] { get }

    /// Codes of items that rows are known by, of what was passed over last, and that are not known yet.
    var unknownCodes: [ItemReference] { get }

    /// Said after each pass: what those codes mean, of those that mean something.
    func know(_ skus: [ItemReference: SKU])

    /// Goes back to the first record, with what a look at the whole file has found.
    func rewind() throws(ImportProblem)

    /// The event id of the book figures of one source, location and instant: the same for the same file, read in the same
    /// way.
    func event(of place: FigurePlace) -> EventID
}
