import ArgumentParser

/// The flags of every subcommand. Texts, since they are checked together with the environment's and the file's.
struct SettingsOptions: ParsableArguments {
    @Option(help: "A JSON file with settings: {\"holdfast\": {\"http\": {\"port\": 8080}}}.")
    var config: String?

    @Option(help: "A postgresql:// URL. Unset: an embedded PostgreSQL in the data directory.")
    var databaseURL: String?

    @Option(help: "Where the embedded PostgreSQL lives (default: .holdfast).")
    var dataDir: String?

    @Option(help: "The folder of PostgreSQL's programs (default: what pg_config --bindir says).")
    var postgresBindir: String?

    @Option(help: "The address to listen on (default: 127.0.0.1).")
    var httpHost: String?

    @Option(help: "The port to listen on, 0 for any free one (default: 8080).")
    var httpPort: String?

    @Option(help: "Who may call: open (on loopback only) or token (default: open).")
    var authMode: String?

    @Option(help: "A folder with Swagger UI's files, for /docs (default: .tools/swagger-ui).")
    var docsViewerDir: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical (default: info).")
    var logLevel: String?

    @Option(
        help: "How batches are written: optimistic, or locked to do without remembered balances (default: optimistic).")
    var writePath: String?

    @Option(
        help:
            "How PostgreSQL plans hot statements: generic, custom (behind a router such as Citus) or auto (default: generic)."
    )
    var hotPlans: String?

    @Option(help: "Minutes that an alarm waits for sources that were not heard (default: 60).")
    var alarmWaitMinutes: String?

    @Option(help: "Units that a count may be off before it opens an exception (default: 0).")
    var countToleranceUnits: String?

    @Option(help: "Seconds in opening hours after which an unheard location is silent (default: 120).")
    var silenceLimitSeconds: String?

    /// By the key that they have in the environment and in the file.
    var values: [String: String?] {
        [
            "database.url": databaseURL, "data.dir": dataDir, "postgres.bindir": postgresBindir, "http.host": httpHost,
            "http.port": httpPort, "auth.mode": authMode, "docs.viewer.dir": docsViewerDir, "log.level": logLevel,
            "write.path": writePath, "hot.plans": hotPlans, "alarm.wait.minutes": alarmWaitMinutes,
            "count.tolerance.units": countToleranceUnits, "silence.limit.seconds": silenceLimitSeconds,
        ]
    }

    /// What can be set by a flag; the rest only by the environment and the file.
    static let keys = Set(SettingsOptions.parseOrExit([]).values.keys)
}
