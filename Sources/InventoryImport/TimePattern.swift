import Inventory

/// The formats of times that files have most: numbers, and signs between them. Read many times as fast as by Foundation,
/// and as strictly as people expect: no day that does not exist, no year of two digits where four are meant.
struct TimePattern: Sendable {
    private enum Field: Hashable, Sendable {
        case year, shortYear, month, day, hour, hour12, minute, second, fraction, halfDay
        case sign(UInt8)

        var isSign: Bool { if case .sign = self { true } else { false } }
        var isNumber: Bool { !isSign && self != .halfDay }
    }

    private struct Part: Sendable {
        let field: Field
        /// How many digits it may have.
        var digits: ClosedRange<Int>
        /// Written with zeros in front, as far as the format says; what stands alone is read without them too.
        var isPadded = false
    }

    /// By the clock on the wall.
    struct Reading: Sendable, Hashable {
        /// As if it were UTC.
        let seconds: Int64
        let microseconds: Int64
    }

    private let parts: [Part]

    /// A year of two digits is the one of these hundred that ends so.
    private static let shortYears: ClosedRange<Int64> = 1970...2069

    /// - Parameter format: of Unicode's date field symbols (UTS 35).
    /// - Returns: nil for a format with more in it than numbers, signs and the half of the day.
    init?(_ format: String) {
        guard var parts = Self.parts(Array(format.utf8)) else { return nil }
        let fields = parts.map(\.field).filter { !$0.isSign }
        let named = Set(fields)
        let has12Hours = named.contains(.hour12)
        guard named.count == fields.count, named.isSuperset(of: [.month, .day]),
            named.contains(.year) != named.contains(.shortYear),
            // A clock of twelve hours says nothing without its half of the day.
            has12Hours == named.contains(.halfDay), !has12Hours || !named.contains(.hour)
        else { return nil }
        // Digits that run into each other are told apart by their number alone.
        let running = parts.indices.filter { index in
            parts[index].field.isNumber
                && [index - 1, index + 1].contains { parts.indices.contains($0) && parts[$0].field.isNumber }
        }
        for index in running {
            let digits = parts[index].digits
            guard digits.count == 1 || parts[index].isPadded else { return nil }
            parts[index].digits = digits.upperBound...digits.upperBound
        }
        self.parts = parts
    }

    private static func parts(_ format: [UInt8]) -> [Part]? {
        var parts: [Part] = []
        var rest = format[...]
        var isQuoted = false
        while let first = rest.first {
            let count = rest.prefix { $0 == first }.count
            rest.removeFirst(count)
            if first == UInt8(ascii: "'") {
                // One begins or ends a text, two are a sign that is meant.
                guard count == 1 else { return nil }
                isQuoted.toggle()
            } else if !isQuoted, (0x41...0x5A).contains(first) || (0x61...0x7A).contains(first) {
                guard let part = part(first, count) else { return nil }
                parts.append(part)
            } else {
                guard first < 0x80, !(0x30...0x39).contains(first) else { return nil }
                for _ in 0..<count { parts.append(Part(field: .sign(first), digits: 0...0)) }
            }
        }
        return isQuoted ? nil : parts
    }

    private static func part(_ letter: UInt8, _ count: Int) -> Part? {
        let field: Field
        switch letter {
        case UInt8(ascii: "y") where count == 4 || count == 1: return Part(field: .year, digits: 4...4)
        case UInt8(ascii: "y") where count == 2: return Part(field: .shortYear, digits: 2...2)
        case UInt8(ascii: "S"): return Part(field: .fraction, digits: 1...9)
        case UInt8(ascii: "a") where count == 1: return Part(field: .halfDay, digits: 0...0)
        case UInt8(ascii: "M"): field = .month
        case UInt8(ascii: "d"): field = .day
        case UInt8(ascii: "H"): field = .hour
        case UInt8(ascii: "h"): field = .hour12
        case UInt8(ascii: "m"): field = .minute
        case UInt8(ascii: "s"): field = .second
        default: return nil
        }
        guard count <= 2 else { return nil }
        return Part(field: field, digits: 1...2, isPadded: count == 2)
    }

    /// - Returns: nil for a text that is not so, and for what no calendar or clock has.
    func read(_ text: String) -> Reading? {
        var rest = text.utf8[...]
        var values: [Int64] = Array(repeating: 0, count: Self.valuesCount)
        var isAfternoon: Bool?
        for part in parts {
            switch part.field {
            case .sign(UInt8(ascii: " ")):
                let blanks = rest.prefix { $0 == UInt8(ascii: " ") }.count
                guard blanks > 0 else { return nil }
                rest.removeFirst(blanks)
            case .sign(let sign):
                guard rest.popFirst() == sign else { return nil }
            case .halfDay:
                let letters = rest.prefix(2).map { $0 | 0x20 }
                guard letters.count == 2, letters[1] == UInt8(ascii: "m"),
                    letters[0] == UInt8(ascii: "a") || letters[0] == UInt8(ascii: "p")
                else { return nil }
                isAfternoon = letters[0] == UInt8(ascii: "p")
                rest.removeFirst(2)
            default:
                let digits = rest.prefix(part.digits.upperBound).prefix { (0x30...0x39).contains($0) }
                guard part.digits.contains(digits.count) else { return nil }
                rest.removeFirst(digits.count)
                values[Self.place(part.field)] = Self.value(part.field, digits)
            }
        }
        guard rest.isEmpty else { return nil }
        return Self.reading(values, isAfternoon)
    }

    private static let valuesCount = 7

    private static func place(_ field: Field) -> Int {
        switch field {
        case .year, .shortYear: 0
        case .month: 1
        case .day: 2
        case .hour, .hour12: 3
        case .minute: 4
        case .second: 5
        case .fraction, .halfDay, .sign: 6
        }
    }

    private static func value(_ field: Field, _ digits: Substring.UTF8View) -> Int64 {
        let number = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
        switch field {
        case .shortYear:
            let year = shortYears.lowerBound / 100 * 100 + number
            return year < shortYears.lowerBound ? year + 100 : year
        case .fraction:
            // Millionths; more digits are finer than anything is kept.
            return digits.prefix(6).reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
                * [100_000, 10_000, 1_000, 100, 10, 1][min(digits.count, 6) - 1]
        default: return number
        }
    }

    private static func reading(_ values: [Int64], _ isAfternoon: Bool?) -> Reading? {
        guard let date = CivilDate(year: values[0], month: values[1], day: values[2]) else { return nil }
        var hour = values[3]
        if let isAfternoon {
            guard (1...12).contains(hour) else { return nil }
            hour = hour % 12 + (isAfternoon ? 12 : 0)
        }
        guard hour < 24, values[4] < 60, values[5] < 60 else { return nil }
        return Reading(
            seconds: date.daysSinceEpoch * 86_400 + hour * 3_600 + values[4] * 60 + values[5], microseconds: values[6])
    }
}
