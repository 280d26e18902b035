import Inventory

/// Stretches of recorded time one behind the other, a month long and then each four times as long as the one before. A statement
/// that gets a stretch's ends as parameters, on a connection that plans with their values, is planned for the partitions in
/// it and no others: so a question costs no more for all the months that it has no need to look at.
struct LedgerWindows: IteratorProtocol {
    private var start: Timestamp
    private var end: Timestamp
    private let goesBack: Bool
    /// Where the first stretch of those that go back ends, if not at `end`.
    private var reach: Timestamp?
    /// Of the next one; nil for all that is left.
    private var microseconds: Int64? = 31 * 86_400_000_000
    /// Whether the one after the next is longer.
    var grows = true

    /// Ten years: windows without a line in them are few in less.
    static let longMicroseconds: Int64 = 10 * 365 * 86_400_000_000

    /// From the oldest on.
    init(from start: Timestamp, to end: Timestamp) {
        self.start = start
        self.end = end
        goesBack = false
    }

    /// From the oldest on, for looking at every line of them: an hour first, which even a large chain fills with no more lines
    /// than are looked at in no time.
    init(searching range: Range<Timestamp>) {
        self.init(from: range.lowerBound, to: range.upperBound)
        microseconds = Self.searchMicroseconds
    }

    private static let searchMicroseconds: Int64 = 3_600_000_000

    /// From the newest back. The first stretch is what lies before `now`, and all behind it: months are made ahead, and a
    /// clock may once have been ahead too.
    /// - Parameter isSearch: every line is looked at, so that the first stretch is an hour.
    init(back range: Range<Timestamp>, now: Timestamp, isSearch: Bool) {
        start = range.lowerBound
        end = range.contains(now) && now > range.lowerBound ? now : range.upperBound
        reach = range.upperBound
        goesBack = true
        if isSearch { microseconds = Self.searchMicroseconds }
    }

    /// One stretch.
    init(whole range: Range<Timestamp>) {
        self.init(from: range.lowerBound, to: range.upperBound)
        microseconds = nil
    }

    /// From the newest back.
    /// - Parameter span: the first and the last instant; nil for none.
    init(backFrom span: (first: Timestamp, last: Timestamp)?) {
        start = span?.first ?? Timestamp(microseconds: 0)
        end = span?.last.advanced(byMicroseconds: 1) ?? start
        goesBack = true
    }

    /// - Returns: nil where one is not known.
    static func range(_ first: Timestamp?, _ end: Timestamp?) -> Range<Timestamp>? {
        guard let first, let end, first < end else { return nil }
        return first..<end
    }

    var isAtEnd: Bool { start >= end }

    mutating func next() -> Range<Timestamp>? {
        guard start < end else { return nil }
        guard let microseconds else {
            defer { start = end }
            return start..<end
        }
        if grows { self.microseconds = microseconds * 4 }
        if goesBack {
            let window = max(start, end.advanced(byMicroseconds: -microseconds))..<(reach ?? end)
            (end, reach) = (window.lowerBound, nil)
            return window
        }
        let window = start..<min(end, start.advanced(byMicroseconds: microseconds))
        start = window.upperBound
        return window
    }
}
