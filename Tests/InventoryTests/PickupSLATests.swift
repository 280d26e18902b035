import Inventory
import Testing

@Suite struct PickupSLATests {
    private static func hours(_ week: [OpeningHours.Weekday: (Int, Int)]) -> OpeningHours {
        OpeningHours(
            week: week.compactMapValues { opens, closes in
                OpeningHours.Period(opensMinute: opens * 60, closesMinute: closes * 60).map { [$0] }
            })
    }

    /// Ten hours, closed on Sundays.
    private static let shop = hours(
        Dictionary(
            uniqueKeysWithValues: OpeningHours.Weekday.allCases.filter { $0 != .sunday }.map { ($0, (9, 19)) }))

    @Test(
        arguments: [
            (nil, "same_day"), (0, "same_day"), (600, "same_day"),
            // More than a day's work on a Saturday is done on Monday.
            (601, "2-day"), (1_200, "2-day"), (1_201, "3-day"), (3_600, "6-day"), (3_601, "multi-week"),
        ] as [(Int64?, String)])
    func `work goes on only while the store is open, from the worst day of the week`(minutes: Int64?, text: String) {
        #expect(PickupSLA(leadTimeMinutes: minutes, hours: Self.shop)?.text == text)
    }

    @Test(
        arguments: [
            (nil, "same_day"), (1_440, "same_day"), (1_441, "next_day"), (2_881, "2-day"), (10_080, "6-day"),
            (10_081, "multi-week"),
        ] as [(Int64?, String)])
    func `without opening hours it is open around the clock`(minutes: Int64?, text: String) {
        #expect(PickupSLA(leadTimeMinutes: minutes, hours: nil)?.text == text)
    }

    @Test func `a store that is never open, or never for long enough, has no pickup`() {
        #expect(PickupSLA(leadTimeMinutes: 0, hours: OpeningHours(week: [:])) == nil)
        let monday = Self.hours([.monday: (10, 11)])
        #expect(PickupSLA(leadTimeMinutes: 61, hours: monday)?.text == "multi-week")
        #expect(PickupSLA(leadTimeMinutes: 60 * 100, hours: monday) == nil)
    }
}
