/// Reads the plain part of OpenStreetMap's `opening_hours`: days of the week with times, such as
/// `Mo-Sa 07:00-21:00; Su,PH off`. Public holidays are passed over, since there is no calendar of them here.
///
/// Source: wiki.openstreetmap.org/wiki/Key:opening_hours/specification.
enum OSMHours {
    private static let days = ["mo", "tu", "we", "th", "fr", "sa", "su"]
    private static let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    private static let periodsPerDayMax = 8

    /// - Returns: opening hours as the API's JSON; nil for what is more than this reads.
    static func json(_ text: String) -> String? {
        guard let week = week(text.lowercased()) else { return nil }
        let days = names.indices.map { day in
            let periods = week[day].map { "{\"opens\":\"\(time($0.opens))\",\"closes\":\"\(time($0.closes))\"}" }
            return "\"\(names[day])\":[\(periods.joined(separator: ","))]"
        }
        return "{\(days.joined(separator: ","))}"
    }

    private typealias Period = (opens: Int, closes: Int)

    private static func week(_ text: String) -> [[Period]]? {
        var week: [[Period]] = Array(repeating: [], count: 7)
        for (rule, isAdditional) in rules(text) {
            if rule == "24/7" {
                week = Array(repeating: [(0, 1_440)], count: 7)
                continue
            }
            let words = rule.split(separator: " ").map(String.init)
            guard let split = words.firstIndex(where: { $0.first?.isNumber == true || isClosed($0) }) else {
                return nil
            }
            let when = words[..<split].joined()
            let what = words[split...].joined()
            guard let days = days(when), let periods = isClosed(what) ? [] : periods(what) else { return nil }
            for day in days {
                guard isAdditional, !periods.isEmpty else {
                    week[day] = periods
                    continue
                }
                guard let both = joined(week[day], periods) else { return nil }
                week[day] = both
            }
        }
        return week
    }

    /// Rules end with a semicolon, and each takes the place of what those before it say of its days. A comma before the name
    /// of a day begins one too, if the rule before it has its times: it adds to them.
    private static func rules(_ text: String) -> [(rule: String, isAdditional: Bool)] {
        text.split(separator: ";").flatMap { part in
            var rules: [String] = []
            for piece in part.split(separator: ",") {
                let piece = piece.drop { $0 == " " }
                let begins = piece.first?.isLetter == true && !isClosed(String(piece))
                if let last = rules.last, !(begins && hasTimes(last)) {
                    rules[rules.count - 1] = last + "," + piece
                } else {
                    rules.append(String(piece))
                }
            }
            return rules.enumerated().map { ($0.element, $0.offset > 0) }
                .filter { $0.0.contains { $0 != " " } }
        }
    }

    /// In the order of the day; nil where one begins before another has ended, or they are too many.
    private static func joined(_ periods: [Period], _ others: [Period]) -> [Period]? {
        let all = (periods + others).sorted { $0.opens < $1.opens }
        for (first, next) in zip(all, all.dropFirst()) where next.opens < first.closes { return nil }
        return all.count > periodsPerDayMax ? nil : all
    }

    private static func hasTimes(_ rule: String) -> Bool {
        rule.contains(":") || rule.split(separator: " ").contains { isClosed(String($0)) }
    }

    private static func isClosed(_ text: String) -> Bool { text == "off" || text == "closed" }

    /// Days by number; none for public holidays alone, all when nothing is said.
    private static func days(_ text: String) -> [Int]? {
        if text.isEmpty { return Array(0..<7) }
        var found: [Int] = []
        for part in text.split(separator: ",") where part != "ph" {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map {
                days.firstIndex(of: String($0))
            }
            guard let first = ends[0], ends.count <= 2, let last = ends[ends.count - 1] else { return nil }
            found += first <= last ? Array(first...last) : Array(first..<7) + Array(0...last)
        }
        return found
    }

    private static func periods(_ text: String) -> [Period]? {
        var periods: [Period] = []
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "-").map(minute)
            guard ends.count == 2, let opens = ends[0], let closes = ends[1], opens < closes,
                opens >= periods.last?.closes ?? 0
            else { return nil }
            periods.append((opens, closes))
        }
        return periods.isEmpty || periods.count > periodsPerDayMax ? nil : periods
    }

    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":").compactMap { Int($0) }
        guard parts.count == 2, (0...24).contains(parts[0]), (0..<60).contains(parts[1]) else { return nil }
        let minute = parts[0] * 60 + parts[1]
        return minute <= 1_440 ? minute : nil
    }

    private static func time(_ minute: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minute / 60)):\(two(minute % 60))"
    }
}
