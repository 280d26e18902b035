package import Inventory

/// A line of a count that cannot be meant, of which the item can be read.
package struct UnreadCountLine: Sendable, Hashable {
    /// Its place among the lines, from 0.
    package let number: Int
    package let item: ItemReference

    package init(number: Int, item: ItemReference) {
        self.number = number
        self.item = item
    }
}

/// A count as its source sent it, with its lines as facts of their own.
package struct PostedCount: Sendable {
    package let source: SourceID
    package let event: EventID
    package let location: LocationID
    /// As sent; nil: at its arrival.
    package let countedAt: Timestamp?
    package let isComplete: Bool
    package let excludesReady: Bool
    /// In the order sent. Their event ids name the count and their place in it.
    package private(set) var lines: [SubmittedLine]
    /// Lines that cannot be meant. Their items were listed, so the count says nothing of them.
    package let unread: [UnreadCountLine]
    /// Of everything in the count that has a meaning.
    package let fingerprint: Fingerprint
    /// The beginning of the body, for whoever has to find out what was meant.
    package let raw: ArraySlice<UInt8>

    package init(
        source: SourceID, event: EventID, location: LocationID, countedAt: Timestamp?, isComplete: Bool,
        excludesReady: Bool, lines: [SubmittedLine], unread: [UnreadCountLine] = [], fingerprint: Fingerprint,
        raw: ArraySlice<UInt8>
    ) {
        self.source = source
        self.event = event
        self.location = location
        self.countedAt = countedAt
        self.isComplete = isComplete
        self.excludesReady = excludesReady
        self.lines = lines
        self.unread = unread
        self.fingerprint = fingerprint
        self.raw = raw
    }

    /// Lines of one item add up, so one that cannot be read takes the others of its item with it.
    /// - Parameter unread: by a line's place, that of one of the same item that cannot be read.
    package mutating func leaveAlone(_ unread: [Int: Int]) {
        for (index, other) in unread { lines[index].leaveAlone(besides: other + 1) }
    }
}

extension SubmittedLine {
    /// It is sound, and not applied.
    /// - Parameter other: the line of the same item that cannot be read, as its sender numbers it, from 1.
    package mutating func leaveAlone(besides other: Int) {
        guard case .fact(let fact, _) = content else { return }
        names = LineNames(items: [fact.item], at: fact.place)
        content = .malformed(.itemNotWhole(other: "line \(other)"), eventID: fact.eventID.reported.text)
    }
}

/// A count that is stored and has to be applied, or has been.
package struct StoredCount: Sendable, Hashable {
    package var id: CountID
    package var source: SourceID
    package var event: EventID
    /// Who sent it first; nil in mode `open`, and where it came as a line.
    package var actor: ActorName?
    package var location: LocationID
    /// What the source said, where that could be believed; else its arrival.
    package var countedAt: Timestamp
    package var recordedAt: Timestamp
    package var isComplete: Bool
    package var excludesReady: Bool
    package var lineCount: Int
    /// Items that a complete count leaves as they are: they were listed, on lines that were rejected.
    package var leftAlone: Int
    package var isApplied: Bool

    package init(
        id: CountID, source: SourceID, event: EventID, location: LocationID, countedAt: Timestamp,
        recordedAt: Timestamp, isComplete: Bool, excludesReady: Bool, lineCount: Int, leftAlone: Int, isApplied: Bool
    ) {
        self.id = id
        self.source = source
        self.event = event
        self.location = location
        self.countedAt = countedAt
        self.recordedAt = recordedAt
        self.isComplete = isComplete
        self.excludesReady = excludesReady
        self.lineCount = lineCount
        self.leftAlone = leftAlone
        self.isApplied = isApplied
    }
}

/// How counts are stored and gone through.
package protocol CountStore: Sendable {
    /// Stores a count whole, so that it is applied whatever happens next. For a complete count this is the instant from
    /// which no balance of its location can begin without knowing of it.
    /// - Parameter actor: who sends it.
    /// - Returns: the count, also when the same was stored before; nil when its event id is another's.
    func open(
        _ count: PostedCount, from source: SourceNumber, by actor: ActorName?
    ) async throws(StoreError) -> StoredCount?

    /// Lines that mean the same item as one that cannot be read, by another name of it.
    /// - Returns: by a line's place, that of the other one.
    func linesOfUnreadItems(_ count: PostedCount, from source: SourceNumber) async throws(StoreError) -> [Int: Int]

    /// A complete count says nothing of these items either: their lines were rejected.
    /// - Returns: the count with them.
    func leaveAlone(_ items: [ItemReference], in id: CountID) async throws(StoreError) -> StoredCount?

    /// All of the count is applied.
    func finish(_ id: CountID) async throws(StoreError)

    /// Counts stored before `before` that are not applied yet, oldest first, with their lines.
    func unfinished(
        before: Timestamp, limit: Int
    ) async throws(StoreError) -> [(count: StoredCount, lines: [SubmittedLine])]

    /// Items with lines at the count's location that the count has not come to, in order of number.
    /// - Parameter after: the last number of the page before; nil from the start.
    func notListed(
        _ count: StoredCount, after: ItemNumber?, limit: Int
    ) async throws(StoreError) -> [(number: ItemNumber, sku: SKU)]

    func count(_ id: CountID) async throws(StoreError) -> StoredCount?

    func now() async throws(StoreError) -> Timestamp
}
