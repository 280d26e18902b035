package import Inventory
package import StrictJSON

extension OpeningHours {
    /// `{"monday":[{"opens":"08:00","closes":"20:00"}], …, "exceptions":[{"date":"2026-12-25","periods":[]}]}`
    package init?(from reader: inout ObjectReader) {
        guard var inner = reader.object("openingHours") else { return nil }
        self.init(week: [:])
        let names: [(Weekday, StaticString)] = [
            (.monday, "monday"), (.tuesday, "tuesday"), (.wednesday, "wednesday"), (.thursday, "thursday"),
            (.friday, "friday"), (.saturday, "saturday"), (.sunday, "sunday"),
        ]
        for (day, name) in names {
            // A day without a period is one that is left out.
            if let periods = Self.periods(name, &inner), !periods.isEmpty { week[day] = periods }
        }
        let elements = inner.array("exceptions", count: 0...Self.exceptionsMax) ?? []
        for (index, element) in elements.enumerated() {
            readException(element, at: "\(inner.pointer)/exceptions/\(index)", inner.problems)
        }
        inner.refuseUnknown()
    }

    private mutating func readException(_ element: JSONValue, at pointer: String, _ problems: ProblemCollector) {
        guard var reader = ObjectReader(element, at: pointer, problems) else { return }
        let periods = Self.periods("periods", &reader) ?? []
        let text = reader.string("date", isRequired: true)
        reader.refuseUnknown()
        guard let text else { return }
        let parts = text.split(separator: "-").compactMap { Int64($0) }
        guard text.utf8.count == 10, parts.count == 3,
            let date = CivilDate(year: parts[0], month: parts[1], day: parts[2])
        else { return reader.report("date", "must be a day such as 2026-12-25") }
        if exceptions.updateValue(periods, forKey: date) != nil { reader.report("date", "duplicate date") }
    }

    private static func periods(_ name: StaticString, _ reader: inout ObjectReader) -> [Period]? {
        guard let elements = reader.array(name, count: 0...periodsPerDayMax) else { return nil }
        var periods: [Period] = []
        for (index, element) in elements.enumerated() {
            let pointer = "\(reader.pointer)/\(name)/\(index)"
            guard var inner = ObjectReader(element, at: pointer, reader.problems) else { continue }
            let opens = inner.minute("opens")
            let closes = inner.minute("closes")
            inner.refuseUnknown()
            guard let opens, let closes else { continue }
            guard let period = Period(opensMinute: opens, closesMinute: closes) else {
                inner.report("closes", "must be later than opens; hours past midnight belong to the next day")
                continue
            }
            if let last = periods.last, period.opensMinute < last.closesMinute {
                inner.report("opens", "must not be before the period in front of it closes")
            }
            periods.append(period)
        }
        return periods
    }
}

extension ObjectReader {
    /// Minutes after midnight of a time such as `08:30`; `24:00` is the end of the day.
    fileprivate mutating func minute(_ name: StaticString) -> Int? {
        guard let text = string(name, isRequired: true) else { return nil }
        let parts = text.split(separator: ":").compactMap { Int($0) }
        guard text.utf8.count == 5, parts.count == 2, (0...24).contains(parts[0]), (0..<60).contains(parts[1]),
            parts[0] * 60 + parts[1] <= 1_440
        else {
            report(name, "must be a time of day such as 08:30")
            return nil
        }
        return parts[0] * 60 + parts[1]
    }
}

extension JSONWriter {
    package mutating func openingHours(_ hours: OpeningHours) {
        object { writer in
            func periods(_ name: StaticString, _ periods: [OpeningHours.Period]) {
                writer.name(name)
                writer.array(periods) { writer, period in
                    writer.object {
                        $0.field("opens", Self.time(period.opensMinute))
                        $0.field("closes", Self.time(period.closesMinute))
                    }
                }
            }
            periods("monday", hours.week[.monday] ?? [])
            periods("tuesday", hours.week[.tuesday] ?? [])
            periods("wednesday", hours.week[.wednesday] ?? [])
            periods("thursday", hours.week[.thursday] ?? [])
            periods("friday", hours.week[.friday] ?? [])
            periods("saturday", hours.week[.saturday] ?? [])
            periods("sunday", hours.week[.sunday] ?? [])
            writer.name("exceptions")
            let exceptions = hours.exceptions.sorted { $0.key.daysSinceEpoch < $1.key.daysSinceEpoch }
            writer.array(exceptions) { writer, exception in
                writer.object { inner in
                    inner.field("date", exception.key.description)
                    inner.name("periods")
                    inner.array(exception.value) { writer, period in
                        writer.object {
                            $0.field("opens", Self.time(period.opensMinute))
                            $0.field("closes", Self.time(period.closesMinute))
                        }
                    }
                }
            }
        }
    }

    private static func time(_ minute: Int) -> String {
        func pad(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(pad(minute / 60)):\(pad(minute % 60))"
    }
}
