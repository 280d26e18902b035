/// An instant, in whole microseconds since 1970-01-01T00:00:00Z without leap seconds: what PostgreSQL keeps.
package struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    /// The next full so many minutes of UTC; itself when it is one.
    package func roundedUp(toMinutes minutes: Int64) -> Timestamp {
        let step = minutes * 60_000_000
        let past = microseconds.flooredDivision(by: step).remainder
        return past == 0 ? self : advanced(byMicroseconds: step - past)
    }

    package func advanced(byMicroseconds delta: Int64) -> Timestamp {
        Timestamp(microseconds: microseconds + delta)
    }

    /// 1970-01-01 to the end of 9999: what a client may send.
    package static let accepted =
        Timestamp(microseconds: 0)...Timestamp(microseconds: 253_402_300_799_999_999)

    /// RFC 3339 in UTC; a fraction only when there is one.
    package var description: String {
        String(unsafeUninitializedCapacity: Self.textSizeMax) { write(to: $0) }
    }

    /// Bytes of `description`, at most.
    package static let textSizeMax = 32

    /// Writes `description`, in one go: an answer has several times, and putting texts together would be most of its cost.
    /// - Parameter buffer: has room for `textSizeMax` bytes.
    /// - Returns: how many there are.
    package func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        precondition(buffer.count >= Self.textSizeMax, "a time takes up to 32 bytes")
        let (days, inDay) = microseconds.flooredDivision(by: 86_400_000_000)
        let (seconds, fraction) = inDay.flooredDivision(by: 1_000_000)
        var digits = DigitWriter(buffer: buffer)
        digits.write(CivilDate(daysSinceEpoch: days))
        digits.write("T")
        digits.write(seconds / 3600, 2)
        digits.write(":")
        digits.write(seconds / 60 % 60, 2)
        digits.write(":")
        digits.write(seconds % 60, 2)
        if fraction != 0 {
            digits.write(".")
            digits.write(fraction, 6)
            digits.removeTrailingZeros()
        }
        digits.write("Z")
        return digits.count
    }
}

/// A day of the proleptic Gregorian calendar.
package struct CivilDate: Sendable, Hashable, CustomStringConvertible {
    package let year: Int64
    package let month: Int64
    package let day: Int64

    /// - Returns: nil when there is no such day.
    package init?(year: Int64, month: Int64, day: Int64) {
        guard (1...12).contains(month), day >= 1, day <= Self.daysIn(month: month, of: year) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    package init(daysSinceEpoch days: Int64) {
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The same source, days_from_civil.
    package var daysSinceEpoch: Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = shifted.flooredDivision(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    package var description: String {
        String(unsafeUninitializedCapacity: 16) { buffer in
            var digits = DigitWriter(buffer: buffer)
            digits.write(self)
            return digits.count
        }
    }

    private static func daysIn(month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// Writes fixed-width numbers. The years that a timestamp can name have four digits.
private struct DigitWriter {
    let buffer: UnsafeMutableBufferPointer<UInt8>
    var count = 0

    init(buffer: UnsafeMutableBufferPointer<UInt8>) { self.buffer = buffer }

    mutating func write(_ date: CivilDate) {
        write(date.year, 4)
        write("-")
        write(date.month, 2)
        write("-")
        write(date.day, 2)
    }

    mutating func write(_ scalar: Unicode.Scalar) {
        buffer[count] = UInt8(ascii: scalar)
        count += 1
    }

    /// Zeros in front up to `width`, which is even; more digits than that where there are more.
    @inline(__always)
    mutating func write(_ value: Int64, _ width: Int) {
        switch (width, value) {
        case (2, 0...99): pair(value)
        case (4, 0...9_999):
            pair(value / 100)
            pair(value % 100)
        case (6, 0...999_999):
            pair(value / 10_000)
            pair(value / 100 % 100)
            pair(value % 100)
        default: writeAny(value, width)
        }
    }

    private mutating func pair(_ value: Int64) {
        buffer[count] = 0x30 + UInt8(truncatingIfNeeded: value / 10)
        buffer[count + 1] = 0x30 + UInt8(truncatingIfNeeded: value % 10)
        count += 2
    }

    private mutating func writeAny(_ value: Int64, _ width: Int) {
        if value < 0 { write("-") }
        var digits = width
        var rest = value.magnitude
        for _ in 0..<width { rest /= 10 }
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        rest = value.magnitude
        for place in stride(from: count + digits - 1, through: count, by: -1) {
            buffer[place] = 0x30 + UInt8(rest % 10)
            rest /= 10
        }
        count += digits
    }

    mutating func removeTrailingZeros() {
        while buffer[count - 1] == 0x30 { count -= 1 }
    }
}

extension Int64 {
    /// The quotient towards minus infinity and the remainder, which is never negative for a positive divisor.
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
