import Inventory
import StrictJSON

/// Reads one element of a count's `lines`: a fact of its own, under the count's event id and its place.
struct CountLineReader {
    let event: EventID
    let place: LocationReference
    /// Of lines that name no instant of their own.
    let countedAt: Timestamp?
    let isComplete: Bool
    let excludesReady: Bool
    /// Of a code that names none.
    let codeSystem: CodeSystem?
    let hash: Hash

    /// - Returns: the line; of one that cannot be meant, also its items where they can be read.
    func read(_ value: JSONValue, number: Int) -> (line: SubmittedLine, unread: [ItemReference]) {
        let problems = ProblemCollector()
        let names = { LineNames(items: LineNames(of: value, codeSystem: codeSystem).items, at: place) }
        guard value.raw.count <= FactLineReader.lineBytesMax else {
            problems.report(
                "", "the line has \(value.raw.count) bytes where \(FactLineReader.lineBytesMax) are allowed")
            let raw = Array(String(decoding: value.raw.prefix(FactLineReader.lineBytesMax), as: UTF8.self).utf8)[...]
            return (.malformed(problems, eventID: event.text, raw: raw, names: names()), names().items)
        }
        guard var reader = ObjectReader(value, problems) else {
            return (.malformed(problems, eventID: event.text, raw: value.raw, names: names()), names().items)
        }
        let item = reader.itemReference(defaultSystem: codeSystem, needsSystem: false)
        let bucket = reader.countedBucket("bucket")
        let quantity = reader.integer("quantity", in: 0...Quantity.maxUnits, isRequired: true)
            .flatMap(CountedQuantity.init(units:))
        let ownInstant = reader.timestamp("countedAt")
        if isComplete, ownInstant != nil, ownInstant != countedAt {
            reader.report("countedAt", "of a line has no place in a complete count, which is of one instant")
        }
        let warnings = reader.unknownNames.warnings
        guard problems.isEmpty, let item, let bucket, let quantity else {
            return (
                .malformed(problems, eventID: event.text, warnings: warnings, raw: value.raw, names: names()),
                names().items
            )
        }
        let fact = FactLine(
            eventID: event.line("\(number)"), item: item, place: place,
            change: .count(CountStatement(bucket: bucket, quantity: quantity, excludesReady: excludesReady)),
            occurredAt: ownInstant ?? countedAt)
        return (SubmittedLine(.fact(fact, fact.contentFingerprint(hash)), warnings: warnings, raw: value.raw), [])
    }

    /// Of all that has a meaning: each line as a fact holds the place, the instant and what was counted.
    func fingerprint(_ lines: [SubmittedLine]) -> Fingerprint {
        var bytes = Array("count \(isComplete) \(excludesReady) \(place) \(countedAt?.microseconds ?? -1)".utf8)
        for line in lines {
            switch line.content {
            case .fact(_, let fingerprint): bytes += fingerprint.bytes
            case .malformed, .impossible: bytes += hash(Array(line.raw)).bytes
            }
        }
        return Fingerprint(hash(bytes))
    }
}
