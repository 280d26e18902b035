/// What an operator watches that all processes share, as the database has it.
package struct DatabaseFigures: Sendable {
    /// Open and assigned ones, by type. Types of which there is none are missing.
    package var exceptions: [String: Int64] = [:]
    /// Lines that wait for a name, counted up to `countedMax`.
    package var parkedLines: Int64 = 0
    package var silentLocations: Int64 = 0
    /// Commits that the feed has not told yet. They become more where nobody reads it.
    package var untoldCommits: Int64 = 0
    /// Positions of the feed that each endpoint still has to be sent, by its id.
    package var webhooksBehind: [String: Int64] = [:]
    /// Events that were given up, of all endpoints.
    package var webhookDeadLetters: Int64 = 0
    /// Nil while no proof has run.
    package var proof: Proof?
    package var databaseBytes: Int64 = 0

    package struct Proof: Sendable, Hashable {
        package let isProved: Bool
        /// Since it was finished.
        package let ageSeconds: Double

        package init(isProved: Bool, ageSeconds: Double) {
            self.isProved = isProved
            self.ageSeconds = ageSeconds
        }
    }

    package init() {}

    /// A figure that is as great may be greater.
    package static let countedMax: Int64 = 10_000
    /// Endpoints that are told apart.
    package static let webhooksMax = 100
}

/// What an operator watches that all processes share.
package protocol FiguresStore: Sendable {
    /// A few short statements; not for every request.
    func figures() async throws(StoreError) -> DatabaseFigures
}
