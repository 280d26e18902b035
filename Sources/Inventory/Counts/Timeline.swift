/// One count in a balance's past.
package struct CountMark: Sendable, Hashable {
    package let position: CountPosition
    package let id: CountID
    /// Units stated; 0 where a complete count did not list the item.
    package var quantity: Int64
    /// All that the ledger holds against variance in this count's name, so far: what was counted less what would have
    /// been there without it.
    package var variance: Int64
    /// The same for the units that somebody had not found.
    package var suspectVariance: Int64
    /// What was packed was left out, and is added.
    package var excludesReady = false
    /// Of the quantity, the units that were added because they were packed.
    package var packed: Int64 = 0

    package init(
        position: CountPosition, id: CountID, quantity: Int64 = 0, variance: Int64 = 0, suspectVariance: Int64 = 0
    ) {
        self.position = position
        self.id = id
        self.quantity = quantity
        self.variance = variance
        self.suspectVariance = suspectVariance
    }

    subscript(bucket: Bucket) -> Int64 {
        get { bucket == .suspect ? suspectVariance : variance }
        set { if bucket == .suspect { suspectVariance = newValue } else { variance = newValue } }
    }
}

/// What a batch must know of one balance's past to place a count, or a fact that a count has already seen.
package struct Timeline: Sendable {
    /// Around the instants asked about, in order of position. Between two neighbours there may be counts that were not
    /// asked for, but never between an instant asked about and the first count at or after it, nor that and the next.
    package private(set) var counts: [CountedBucket: [CountMark]] = [:]
    /// The units by everything in the ledger that occurred up to and including an instant.
    package var unitsAt: [Timestamp: Figures] = [:]
    /// For counts that leave out what is packed; nil where nobody asked.
    package var packed: PackedUnits?
    /// What the batch itself has added to the ledger.
    private var added: [(at: Timestamp, bucket: Bucket, units: Int64)] = []

    package init() {}

    package mutating func add(_ mark: CountMark, _ counted: CountedBucket) {
        let marks = counts[counted, default: []]
        let place = marks.firstIndex { $0.position >= mark.position } ?? marks.endIndex
        if place < marks.endIndex, marks[place].position == mark.position {
            counts[counted]?[place] = mark
        } else {
            counts[counted, default: []].insert(mark, at: place)
        }
    }

    func mark(at position: CountPosition, _ counted: CountedBucket) -> CountMark? {
        counts[counted]?.first { $0.position == position }
    }

    /// The count that sees what occurred at `instant` first.
    func first(seeing instant: Timestamp, _ counted: CountedBucket) -> CountMark? {
        counts[counted]?.first { $0.position.at >= instant }
    }

    func first(after position: CountPosition, _ counted: CountedBucket) -> CountMark? {
        counts[counted]?.first { $0.position > position }
    }

    /// The count of the same instant that `position` comes next after.
    func last(before position: CountPosition, _ counted: CountedBucket) -> CountMark? {
        counts[counted]?.last { $0.position.at == position.at && $0.position < position }
    }

    /// All counts that see what occurred at `instant`.
    func all(seeing instant: Timestamp, _ counted: CountedBucket) -> ArraySlice<CountMark> {
        counts[counted]?.drop { $0.position.at < instant } ?? []
    }

    /// The units just after the count at `position`: what occurred until then, and the counts up to it.
    func units(in bucket: Bucket, after position: CountPosition, _ counted: CountedBucket) -> Int64 {
        guard let known = unitsAt[position.at] else {
            preconditionFailure("the timeline was not asked about the count's instant")
        }
        let batch = added.reduce(Int64(0)) { sum, line in
            line.at <= position.at && line.bucket == bucket ? sum.addingUnits(line.units) : sum
        }
        let later = (counts[counted] ?? []).reduce(Int64(0)) { sum, mark in
            mark.position.at == position.at && mark.position > position ? sum.addingUnits(mark[bucket]) : sum
        }
        return known[bucket].addingUnits(batch).addingUnits(-later)
    }

    mutating func record(_ posting: Posting, at instant: Timestamp) {
        added.append((instant, posting.bucket, posting.units))
        if case .sibling(let sibling) = posting.counterAccount { added.append((instant, sibling, -posting.units)) }
    }
}
