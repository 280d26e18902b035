extension Timestamp {
    /// Reads an RFC 3339 `date-time`: a date, `T`, a time with seconds, a fraction of any length (cut
    /// to microseconds) and `Z` or an offset. A leap second (`:60`) counts as the second after `:59`.
    ///
    /// - Returns: nil when the text is not of that form, names no real day, or is outside `accepted`.
    package init?(rfc3339 text: String) {
        guard let parsed = Self.read(text), Timestamp.accepted.contains(parsed) else { return nil }
        self = parsed
    }

    /// The same of a text in UTF-8.
    package init?(rfc3339 text: UnsafeBufferPointer<UInt8>) {
        var scanner = Scanner(bytes: text)
        guard let microseconds = scanner.dateTime() else { return nil }
        self.init(microseconds: microseconds)
        guard Timestamp.accepted.contains(self) else { return nil }
    }

    /// Of a text that `init(rfc3339:)` does not take: what it has to be instead, for whoever sent it.
    package static func complaint(about text: String) -> String {
        Self.read(text) == nil
            ? "must be an RFC 3339 time such as 2026-01-15T10:45:00Z"
            : "must be from \(accepted.lowerBound) to \(Timestamp(microseconds: accepted.upperBound.microseconds - 999_999))"
    }

    private static func read(_ text: String) -> Timestamp? {
        var text = text
        return text.withUTF8 { bytes in
            var scanner = Scanner(bytes: bytes)
            return scanner.dateTime().map(Timestamp.init(microseconds:))
        }
    }
}

private struct Scanner {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func dateTime() -> Int64? {
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
            let date = CivilDate(year: year, month: month, day: day), take("T") || take("t"),
            let hour = number(2), hour < 24, take(":"), let minute = number(2), minute < 60, take(":"),
            let second = number(2), second <= 60
        else { return nil }
        var microseconds: Int64 = 0
        if take(".") {
            guard let fraction = self.fraction() else { return nil }
            microseconds = fraction
        }
        guard let offsetMinutes = offset(), position == bytes.count else { return nil }
        let minutes = (date.daysSinceEpoch * 24 + hour) * 60 + minute - offsetMinutes
        return (minutes * 60 + second) * 1_000_000 + microseconds
    }

    private mutating func offset() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let sign: Int64
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = number(2), hours < 24, take(":"), let minutes = number(2), minutes < 60 else {
            return nil
        }
        return sign * (hours * 60 + minutes)
    }

    private mutating func fraction() -> Int64? {
        var value: Int64 = 0
        var digits = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
            if digits < 6 { value = value * 10 + Int64(bytes[position] - 0x30) }
            digits += 1
            position += 1
        }
        guard digits > 0 else { return nil }
        for _ in min(digits, 6)..<6 { value *= 10 }
        return value
    }

    /// - Parameter digits: four at most.
    @inline(__always)
    private mutating func number(_ digits: Int) -> Int64? {
        guard position + digits <= bytes.count else { return nil }
        var value: Int64 = 0
        for offset in position..<position + digits {
            let digit = bytes[offset] &- 0x30
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int64(digit)
        }
        position += digits
        return value
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }
}
