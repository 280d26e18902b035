import ArgumentParser
import Inventory
import InventoryPostgres
import InventoryService
import Logging

struct Proof: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prove that every balance is exactly the fold of its ledger lines, and that the audit is whole.",
        discussion: """
            Ends with status 1 when anything differs. Runs beside a serving holdfast, whose GET /v1/proof says what was found
            last.
            """)

    @Flag(help: "Every balance and line of the database, which is what is proved without it too.")
    var full = false

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try await Settings.load(options)
        let logger = Log.start(level: settings.logLevel)
        let (report, audit) = try await Stack.oneOff(settings, logger: logger) { stack in
            let progress = ProgressBar(title: "proving")
            let store = PostgresProofStore(pools: stack.pools)
            let begun = ContinuousClock.now
            let report = try await LedgerProver(store: store, hash: sha256).run {
                progress.show(fraction: nil, "\($0.balances) balances, \($0.lines) lines")
            }
            let audit = try await AuditProver(store: PostgresAuditStore(pools: stack.pools), hash: sha256).run()
            do {
                try await store.tell(report.failures)
                try await store.keep(report, audit, took: begun.duration(to: .now))
            } catch {
                // A reader may prove, and may not write.
                logger.warning("what the proof found could not be kept or told", metadata: ["error": "\(error)"])
            }
            return (report, audit)
        }
        print(report.summary)
        print(audit.summary)
        if !report.isProved || !audit.isProved { throw ExitCode(1) }
    }
}
