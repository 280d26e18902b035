/// Looks again and again who is silent.
package struct SilenceSweep: PeriodicWork {
    package static let name = "silentLocations"
    /// The interval is how much later than its limit a location may be found silent. Locations that could not be heard
    /// while nobody listened have a moment to report first.
    package static let schedule = PeriodicSchedule(every: .seconds(10), firstAfter: .seconds(10))

    private let silence: SilenceService

    package init(silence: SilenceService) { self.silence = silence }

    package func pass() async throws -> PeriodicPass { PeriodicPass(items: try await silence.sweep()) }
}
