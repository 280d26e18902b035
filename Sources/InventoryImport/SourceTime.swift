import Foundation

extension Mapping {
    /// Reads times as the mapping says that they are written; nil where they are RFC 3339.
    var times: DateFormatter? {
        timeFormat.map { format in
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.timeZone = TimeZone(identifier: timeZone)
            formatter.dateFormat = format
            formatter.isLenient = false
            return formatter
        }
    }
}

extension Date {
    /// To the microsecond, as the text has it: the formatter reads thousandths.
    func rfc3339(as text: String) -> String {
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
