package import Inventory
package import StrictJSON

/// Reads one element of a movement's `lines`. Whatever is wrong in it is that line's own problem and never the
/// request's: the goods are gone already, and its neighbours are innocent.
package struct FactLineReader {
    private let codeSystem: CodeSystem?
    private let hash: Hash
    /// Serves one line after the other as long as nothing is wrong with them.
    private let unused = ProblemCollector()
    /// Says what is wrong with a line in the words of whoever sent it.
    var explain: (JSONProblem) -> String = { "\($0.pointer) \($0.detail)" }

    /// - Parameter codeSystem: of a code that names none: the envelope's.
    package init(codeSystem: CodeSystem?, hash: Hash) {
        self.codeSystem = codeSystem
        self.hash = hash
    }

    /// Bytes of one line's JSON.
    package static let lineBytesMax = 64 << 10
    /// Bytes of a line's free `attributes`.
    static let attributesBytesMax = 4_096

    package func read(_ value: JSONValue) -> SubmittedLine {
        let problems = unused.isEmpty ? unused : ProblemCollector()
        guard value.size <= Self.lineBytesMax else {
            problems.report("", "the line has \(value.size) bytes where \(Self.lineBytesMax) are allowed")
            var line = malformed(value, problems, eventID: eventIDText(of: value))
            // Its beginning is kept, which names it; a bound is a bound for what is stored too.
            line.raw = Array(String(decoding: value.raw.prefix(Self.lineBytesMax), as: UTF8.self).utf8)[...]
            return line
        }
        guard var reader = ObjectReader(value, problems) else {
            return malformed(value, problems, eventID: eventIDText(of: value))
        }
        let fact = fact(&reader)
        let warnings = warnings(&reader)
        guard problems.isEmpty, let fact else {
            return malformed(value, problems, eventID: eventIDText(of: value), warnings: warnings)
        }
        return SubmittedLine(.fact(fact, fact.contentFingerprint(hash)), warnings: warnings, raw: value.raw)
    }

    /// What is ignored of the line. Fields of other types of facts are not, as long as they have their default: clients that
    /// are generated from the contract send it with every line.
    private func warnings(_ reader: inout ObjectReader) -> [String] {
        if reader.isExhausted { return [] }
        reader.passOver("bucket") { $0.string == Bucket.onHand.name }
        reader.passOver("disposition") { $0.string == Disposition.sellable.rawValue }
        reader.passOver("excludesReady") { $0.boolean == false }
        for name: StaticString in [
            "quantity", "delta", "reason", "fromBucket", "toBucket", "toLocation", "toLocationCode", "countedAt",
            "reservation",
            "reservationLine", "expectedSupply",
        ] {
            reader.passOver(name)
        }
        return reader.unknownNames.warnings
    }

    private func fact(_ reader: inout ObjectReader) -> FactLine? {
        let eventID = reader.identifier("eventId", EventKind.self, isRequired: true)
        let item = reader.itemReference(defaultSystem: codeSystem, needsSystem: false)
        let place = reader.locationReference("location", code: "locationCode", defaultSystem: codeSystem)
        let change = change(&reader, at: place)
        let occurredAt = instant(&reader, change)
        let reference = reader.identifier("reference", ReferenceKind.self)
        // Of nearly all lines that is all.
        guard !reader.isExhausted else {
            guard let eventID, let item, let place, let change else { return nil }
            return FactLine(
                eventID: eventID, item: item, place: place, change: change, occurredAt: occurredAt,
                reference: reference)
        }
        let expectedVersion = expectedVersion(&reader, change)
        let attributes = reader.attributes()
        let kind = change?.kind
        let namesPromise = kind == nil || kind == .sale || kind == .return
        let soldFor = namesPromise ? soldFor(&reader) : nil
        let isReceipt = kind == nil || kind == .receipt
        let expectedSupply = isReceipt ? reader.identifier("expectedSupply", ReferenceKind.self) : nil
        guard let eventID, let item, let place, let change else { return nil }
        return FactLine(
            eventID: eventID, item: item, place: place, change: change, occurredAt: occurredAt,
            reference: reference, expectedVersion: expectedVersion, attributes: attributes, soldFor: soldFor,
            expectedSupply: expectedSupply)
    }

    /// Which promise a sale keeps, or a return undoes; whether there is such a one is seen later.
    private func soldFor(_ reader: inout ObjectReader) -> PromiseReference? {
        let reservation = reader.identifier("reservation", ReferenceKind.self)
        let line = reader.identifier("reservationLine", LineKind.self)
        return reservation.map { PromiseReference(reservation: $0, line: line) }
    }

    private func change(_ reader: inout ObjectReader, at place: LocationReference?) -> FactChange? {
        guard let name = reader.string("type", isRequired: true) else {
            // Known fields, so that they are not called unknown beside the real problem.
            let fields: [StaticString] = [
                "quantity", "delta", "reason", "bucket", "disposition", "fromBucket", "toBucket", "toLocation",
                "toLocationCode",
                "countedAt",
                "excludesReady",
            ]
            for field in fields {
                _ = reader.has(field)
            }
            return nil
        }
        guard let kind = FactKind(reportedName: name) else {
            reader.report("type", "must be one of \(FactKind.reported.map(\.name).joined(separator: ", "))")
            return nil
        }
        switch kind {
        case .opening: return stock(&reader, FactChange.opening)
        case .receipt: return stock(&reader, FactChange.receipt)
        case .sale: return stock(&reader, FactChange.sale)
        case .vendorReturn: return stock(&reader, FactChange.vendorReturn)
        case .return:
            let disposition = reader.choice("disposition", Disposition.self)
            guard let quantity = quantity(&reader) else { return nil }
            return .return(disposition ?? .sellable, quantity)
        case .adjustment: return adjustment(&reader)
        case .stateChange: return stateChange(&reader)
        case .count: return count(&reader)
        case .transfer: return transfer(&reader, from: place)
        // No source may send one, so no name leads here.
        case .variance, .hold, .confirm, .extend, .release, .expiry, .move, .ship, .receive, .transferClose: return nil
        }
    }

    private func transfer(_ reader: inout ObjectReader, from place: LocationReference?) -> FactChange? {
        let to = reader.locationReference("toLocation", code: "toLocationCode", defaultSystem: codeSystem)
        let bucket = bucket("bucket", &reader, default: .onHand)
        guard let quantity = quantity(&reader), let bucket, let to else { return nil }
        guard to != place else {
            reader.report(
                "toLocation", "must differ from location; a stateChange moves units between buckets of one place")
            return nil
        }
        return .transfer(bucket, quantity, to: to)
    }

    private func count(_ reader: inout ObjectReader) -> FactChange? {
        let bucket = reader.countedBucket("bucket")
        let quantity = reader.integer("quantity", in: 0...Quantity.maxUnits, isRequired: true)
            .flatMap(CountedQuantity.init(units:))
        let excludesReady = reader.boolean("excludesReady")
        guard let bucket, let quantity else { return nil }
        return .count(CountStatement(bucket: bucket, quantity: quantity, excludesReady: excludesReady ?? false))
    }

    /// A count's instant may be called by its own name.
    private func instant(_ reader: inout ObjectReader, _ change: FactChange?) -> Timestamp? {
        let occurredAt = reader.timestamp("occurredAt")
        guard change?.kind == .count, let countedAt = reader.timestamp("countedAt") else { return occurredAt }
        if let occurredAt, occurredAt != countedAt {
            reader.report("countedAt", "and occurredAt are both given and differ; send one of them")
        }
        return countedAt
    }

    private func stock(
        _ reader: inout ObjectReader, _ make: (Bucket, Quantity) -> FactChange
    ) -> FactChange? {
        let bucket = bucket("bucket", &reader, default: .onHand)
        guard let quantity = quantity(&reader), let bucket else { return nil }
        return make(bucket, quantity)
    }

    private func adjustment(_ reader: inout ObjectReader) -> FactChange? {
        let bucket = bucket("bucket", &reader, default: .onHand)
        let reason = reader.identifier("reason", ReasonKind.self, isRequired: true)
        let units = reader.integer("delta", in: -Quantity.maxUnits...Quantity.maxUnits, isRequired: true)
        guard let units else { return nil }
        guard let delta = Delta(units: units) else {
            reader.report("delta", "must not be 0: nothing would change")
            return nil
        }
        guard let bucket, let reason else { return nil }
        return .adjustment(bucket, delta, reason)
    }

    private func stateChange(_ reader: inout ObjectReader) -> FactChange? {
        let from = bucket("fromBucket", &reader, default: nil)
        let to = bucket("toBucket", &reader, default: nil)
        guard let quantity = quantity(&reader), let from, let to else { return nil }
        guard from != to else {
            reader.report("toBucket", "must differ from fromBucket")
            return nil
        }
        return .stateChange(from: from, to: to, quantity)
    }

    private func quantity(_ reader: inout ObjectReader) -> Quantity? {
        reader.integer("quantity", in: 1...Quantity.maxUnits, isRequired: true).flatMap(Quantity.init(units:))
    }

    /// - Parameter default: nil where the field is required.
    private func bucket(_ name: StaticString, _ reader: inout ObjectReader, default fallback: Bucket?) -> Bucket? {
        guard let text = reader.string(name, isRequired: fallback == nil) else {
            return reader.has(name) ? nil : fallback
        }
        guard let bucket = Bucket(factName: text) else {
            reader.report(name, "must be one of \(Bucket.namedInFacts.map(\.name).joined(separator: ", "))")
            return nil
        }
        return bucket
    }

    private func expectedVersion(_ reader: inout ObjectReader, _ change: FactChange?) -> Int64? {
        guard let version = reader.integer("expectedVersion", in: 0...Int64.max) else { return nil }
        switch change?.kind {
        case .adjustment, .stateChange, nil: return version
        default:
            reader.report("expectedVersion", "is only for adjustment and stateChange; this fact has happened anyway")
            return nil
        }
    }

    private func malformed(
        _ value: JSONValue, _ problems: ProblemCollector, eventID: String?, warnings: [String] = []
    ) -> SubmittedLine {
        .malformed(
            problems, eventID: eventID, warnings: warnings, raw: value.raw,
            names: LineNames(of: value, codeSystem: codeSystem), explain: explain)
    }

    /// Whatever stands there, so that the sender can find its line again, as far as it can be an event id.
    private func eventIDText(of value: JSONValue) -> String? {
        value.members?.first { $0.name.string == "eventId" }?.value.string.flatMap(\.asEventID)
    }
}

extension String {
    /// With a replacement character for everything that is not printable.
    fileprivate var printable: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.isPrintable ? $0 : "\u{FFFD}" }))
    }

    /// Printable, without outer spaces, and as long as an event id may be; nil when nothing is left of it.
    fileprivate var asEventID: String? {
        var scalars = printable.unicodeScalars.drop { $0 == " " }.prefix(EventKind.lengthMax)
        while scalars.last == " " { scalars.removeLast() }
        return scalars.isEmpty ? nil : String(String.UnicodeScalarView(scalars))
    }

    /// Its beginning, in what other systems count as characters.
    fileprivate func scalars(upTo lengthMax: Int) -> String {
        String(String.UnicodeScalarView(unicodeScalars.prefix(lengthMax)))
    }
}

extension [String] {
    /// What is said of fields that nobody knows: bounded, since a sender may invent any number of them.
    var warnings: [String] {
        prefix(20).map { "field '\($0.scalars(upTo: 100).printable)' is not known and was ignored" }
    }
}

extension SubmittedLine {
    /// Characters of a problem's text: enough for a line that is wrong all over.
    private static let detailLengthMax = 1_024

    /// A line that cannot be meant, with everything that is wrong in it.
    static func malformed(
        _ problems: ProblemCollector, eventID: String?, warnings: [String] = [], raw: ArraySlice<UInt8>,
        names: LineNames, explain: (JSONProblem) -> String = { "\($0.pointer) \($0.detail)" }
    ) -> SubmittedLine {
        let all = problems.problems.map(explain).joined(separator: "; ")
        // What is kept and shown may quote the line, and a database's text cannot hold a NUL.
        let detail = all.scalars(upTo: detailLengthMax).printable
        let pointer = (problems.problems.first?.pointer ?? "").scalars(upTo: detailLengthMax).printable
        var line = SubmittedLine(
            .malformed(LineProblem(.malformedLine, detail, pointer: pointer), eventID: eventID),
            warnings: warnings, raw: raw)
        line.names = names
        return line
    }
}

extension ObjectReader {
    /// A line's free `attributes`, as text.
    mutating func attributes() -> String? {
        guard let value = value("attributes") else { return nil }
        guard value.isObject else {
            report("attributes", "must be an object, not \(value.typeName)")
            return nil
        }
        guard value.raw.count <= FactLineReader.attributesBytesMax else {
            report("attributes", "may have \(FactLineReader.attributesBytesMax) bytes")
            return nil
        }
        if let pointer = value.firstDuplicateName(at: "/attributes") {
            problems.report(pointer, "duplicate member")
        }
        return String(decoding: value.raw, as: UTF8.self)
    }
}
