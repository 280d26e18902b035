import ArgumentParser
import InventoryPostgres
import LibPQ

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database to the newest schema.",
        discussion: "The database has to be there: only 'serve' and 'demo' make one, in the data directory.")

    @Flag(help: "Only say what would be done.")
    var dryRun = false

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try await Settings.load(options)
        let logger = Log.start(level: settings.logLevel)
        let report = try await Database.withDatabase(settings, .visiting, logger: logger) { database in
            try await Migrator(
                ConnectionSettings(url: database.url), connectTimeout: Database.patience, logger: logger
            ).run(isDryRun: dryRun)
        }
        print("\(report.alreadyApplied) migrations were applied before.")
        for title in report.pending { print(dryRun ? "would apply \(title)" : "applied \(title)") }
        if report.pending.isEmpty { print("The schema is up to date.") }
    }
}
