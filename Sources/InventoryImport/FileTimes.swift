import Foundation
import Inventory

/// Reads times as a mapping says that they are written.
struct FileTimes {
    private let format: String
    private let zone: TimeZone
    /// Nil for a format that only Foundation reads, which takes many times as long.
    private let pattern: TimePattern?
    private let formatter: DateFormatter
    /// Tills write many lines in one second.
    private var last: (text: String, converted: String) = ("", "")
    /// The quarter of an hour that was read last, by the clock on the wall, and the zone's distance from UTC in it.
    private var lastQuarter: (quarter: Int64, offset: Int64) = (.min, 0)

    init(format: String, zone: TimeZone) {
        self.format = format
        self.zone = zone
        pattern = TimePattern(format)
        formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = zone
        formatter.dateFormat = format
        formatter.isLenient = false
    }

    /// - Returns: the time in RFC 3339.
    mutating func rfc3339(_ text: String) throws(NumberFormat.Refusal) -> String {
        if last.text == text { return last.converted }
        let converted = try converted(text)
        last = (text, converted)
        return converted
    }

    private mutating func converted(_ text: String) throws(NumberFormat.Refusal) -> String {
        // Said in full, it needs no format.
        if Timestamp(rfc3339: text) != nil { return text }
        guard let pattern else {
            guard let date = formatter.date(from: text)?.rfc3339(as: text), Timestamp(rfc3339: date) != nil else {
                throw unreadable
            }
            return date
        }
        guard let read = pattern.read(text) else { throw unreadable }
        guard let offset = offset(atLocal: read.seconds) else {
            throw NumberFormat.Refusal("did not exist in \(zone.identifier): clocks were put forward over it")
        }
        let time = Timestamp(microseconds: (read.seconds - offset) * 1_000_000 + read.microseconds)
        guard Timestamp.accepted.contains(time) else { throw unreadable }
        return time.description
    }

    private var unreadable: NumberFormat.Refusal {
        NumberFormat.Refusal("is no time as the mapping's time: format says, which is '\(format)'")
    }

    private static let quarterSeconds: Int64 = 900
    private static let daySeconds: Int64 = 86_400

    /// Of an hour that there was twice, the first.
    /// - Returns: nil for a time that there was not.
    private mutating func offset(atLocal seconds: Int64) -> Int64? {
        let quarter = seconds / Self.quarterSeconds
        if lastQuarter.quarter == quarter { return lastQuarter.offset }
        func offset(_ instant: Int64) -> Int64 {
            Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(instant))))
        }
        // The distances before and after any change of clocks that may be near.
        for candidate in [offset(seconds - Self.daySeconds), offset(seconds + Self.daySeconds)]
        where offset(seconds - candidate) == candidate {
            lastQuarter = (quarter, candidate)
            return candidate
        }
        return nil
    }
}

extension Mapping {
    /// Nil where times are RFC 3339.
    var times: FileTimes? {
        guard let format = timeFormat, let zone = TimeZone(identifier: timeZone) else { return nil }
        return FileTimes(format: format, zone: zone)
    }
}

extension Date {
    /// To the microsecond, as the text has it: the formatter reads thousandths.
    fileprivate func rfc3339(as text: String) -> String {
        let thousandths = (timeIntervalSince1970 * 1_000).rounded()
        let seconds = (thousandths / 1_000).rounded(.down)
        let fraction = Int(thousandths - seconds * 1_000)
        let whole = Date(timeIntervalSince1970: seconds).ISO8601Format()
        guard fraction > 0 || text.contains(where: { $0 == "." || $0 == "," }) else { return whole }
        let padded = String(repeating: "0", count: 3 - String(fraction).count) + String(fraction)
        // The digits of the text that the formatter read thus; the last such, for a date may have points too.
        let written = text.split(whereSeparator: { $0 == "." || $0 == "," }).dropFirst()
            .map { $0.prefix { $0.isASCII && $0.isNumber }.prefix(6) }
            .last { $0.count > 3 && $0.hasPrefix(padded) }
        var digits = written.map(String.init) ?? padded
        while digits.last == "0" { digits.removeLast() }
        return digits.isEmpty ? whole : "\(whole.dropLast()).\(digits)Z"
    }
}
