import Configuration
import Foundation
import Inventory
import InventoryHTTP
import InventoryPostgres
import LibPQ
import Logging
import SystemPackage

/// Every setting of the program, read once at start and checked.
struct Settings: Sendable {
    /// A secret: it may hold a password. Nil: embedded.
    var databaseURL: String?
    var dataFolder = ".holdfast"
    var postgresFolder: String?
    var httpHost = "127.0.0.1"
    var httpPort = 8080
    var access = AccessSettings()
    var docsViewerFolder = ".tools/swagger-ui"
    var logLevel = Logger.Level.info
    var writePath = PostgresBatchStore.WritePath.optimistic
    var hotPlans = PostgresPools.HotPlans.generic
    /// How long a variance or a negative balance waits for a source that was not heard yet, before people are told.
    var alarmWait: Duration = .seconds(60 * 60)
    /// A count's variance up to it opens no exception.
    var countToleranceUnits: Int64 = 0
    /// Open seconds without a word after which a location without a limit of its own is silent.
    var silenceLimitSeconds = Silence.limitSecondsDefault
    /// How long holds last, and how much one owner may keep from the others.
    var holdLimits = HoldLimits()
    var storefront = StorefrontSettings()
    var network = NetworkSettings()
    var pages = PagesSettings()
    var clientLimits = ClientLimits.none
    var webhooks = WebhookSettings()
    /// Nil: events do not go to Kafka.
    var kafka: KafkaSettings?
    /// How long events are kept.
    var feed = FeedRetention.Bounds()

    /// All that is wrong, at once.
    struct Invalid: Error, CustomStringConvertible {
        let problems: [String]

        var description: String {
            "the settings are not usable:\n" + problems.map { "  - \($0)" }.joined(separator: "\n")
        }
    }

    static func load(_ options: SettingsOptions) async throws -> Settings {
        var flags: [AbsoluteConfigKey: ConfigValue] = [:]
        for (key, value) in options.values {
            if let value { flags[Self.key(key)] = .init(.string(value), isSecret: key == "database.url") }
        }
        let environment = EnvironmentVariablesProvider()
        var providers: [any ConfigProvider] = [InMemoryProvider(values: flags), environment]
        let variables = ProcessInfo.processInfo.environment
        var names = SettingNames(environment: variables.keys)
        let file = options.config ?? variables["HOLDFAST_CONFIG_FILE"]
        if let file {
            do {
                providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file)))
            } catch {
                throw Invalid(problems: ["HOLDFAST_CONFIG_FILE (--config): \(file) is not a readable JSON file"])
            }
            guard let bytes = FileManager.default.contents(atPath: file), names.add(file: bytes) else {
                throw Invalid(problems: [
                    "HOLDFAST_CONFIG_FILE (--config): \(file) has no object 'holdfast' with the settings in it"
                ])
            }
        }
        return try Settings(ConfigReader(providers: providers), names)
    }

    private static func key(_ key: String) -> AbsoluteConfigKey {
        AbsoluteConfigKey(["holdfast"] + key.split(separator: ".").map(String.init))
    }

    init(_ config: ConfigReader, _ names: SettingNames) throws {
        let read = SettingsReader(config)
        databaseURL = read.text("database.url", isSecret: true).flatMap { $0.isEmpty ? nil : $0 }
        if let databaseURL {
            do throws(InvalidConnectionURL) {
                _ = try ConnectionSettings(url: databaseURL)
            } catch {
                read.refuse("database.url", error.description)
            }
        }
        dataFolder = read.text("data.dir") ?? dataFolder
        if dataFolder.isEmpty { read.refuse("data.dir", "is empty; name a folder") }
        postgresFolder = read.text("postgres.bindir")
        httpHost = read.text("http.host") ?? httpHost
        if let port = read.text("http.port") {
            if let number = Int(port), (0...65_535).contains(number) {
                httpPort = number
            } else {
                read.refuse("http.port", "'\(port)' is not a port; use 0 to 65535")
            }
        }
        access = AccessSettings(read, host: httpHost)
        docsViewerFolder =
            read.text("docs.viewer.dir") ?? InstalledFiles.find(docsViewerFolder, installedAs: "swagger-ui")
        if let path = read.text("write.path") {
            if let known = PostgresBatchStore.WritePath(rawValue: path) {
                writePath = known
            } else {
                read.refuse(
                    "write.path", "'\(path)' is not a way to write; use optimistic, or locked to lock first every time")
            }
        }
        if let plans = read.text("hot.plans") {
            if let known = PostgresPools.HotPlans(rawValue: plans) {
                hotPlans = known
            } else {
                read.refuse(
                    "hot.plans",
                    "'\(plans)' is not a way to plan; use generic, custom (behind a router such as Citus) or auto")
            }
        }
        if let minutes = read.number("alarm.wait.minutes", in: 0...10_080) { alarmWait = .seconds(minutes * 60) }
        countToleranceUnits = read.number("count.tolerance.units", in: 0...1_000_000) ?? countToleranceUnits
        silenceLimitSeconds =
            read.number("silence.limit.seconds", in: Silence.limitSecondsAllowed) ?? silenceLimitSeconds
        holdLimits.holdSeconds = read.number("hold.seconds.max", in: 1...2_592_000) ?? holdLimits.holdSeconds
        holdLimits.holdSecondsDefault =
            read.number("hold.seconds.default", in: 1...2_592_000)
            ?? min(holdLimits.holdSecondsDefault, holdLimits.holdSeconds)
        if holdLimits.holdSecondsDefault > holdLimits.holdSeconds {
            read.refuse("hold.seconds.default", "is more than HOLDFAST_HOLD_SECONDS_MAX, \(holdLimits.holdSeconds)")
        }
        holdLimits.unitsPerOwnerAndItem =
            read.number("owner.units.max", in: 1...Quantity.maxUnits) ?? holdLimits.unitsPerOwnerAndItem
        holdLimits.holdsPerOwner = read.number("owner.holds.max", in: 1...1_000_000) ?? holdLimits.holdsPerOwner
        holdLimits.renewals = read.number("hold.renewals.max", in: 0...10_000).map(Int16.init) ?? holdLimits.renewals
        storefront.onlyLeftMax = read.number("storefront.only.left.max", in: 0...1_000) ?? storefront.onlyLeftMax
        storefront.maxAgeSeconds = read.number("storefront.max.age.seconds", in: 0...86_400) ?? storefront.maxAgeSeconds
        storefront.quantityMax =
            read.number("storefront.quantity.max", in: 1...Quantity.maxUnits) ?? storefront.quantityMax
        network = NetworkSettings(read)
        pages = PagesSettings(read, issuer: access.issuer)
        webhooks = WebhookSettings(read)
        kafka = KafkaSettings.read(read)
        if let days = read.number("feed.days", in: 1...90) { feed.age = .seconds(days * 86_400) }
        feed.positions = read.number("feed.positions", in: FeedRetention.Bounds.positionsRange) ?? feed.positions
        clientLimits = ClientLimits(read, isOpen: access.mode == .open)
        if let level = read.text("log.level") {
            if let known = Logger.Level(rawValue: level.lowercased()) {
                logLevel = known
            } else {
                read.refuse(
                    "log.level",
                    "'\(level)' is not a level; use \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
            }
        }
        read.refuseUnknown(names)
        guard read.problems.isEmpty else { throw Invalid(problems: read.problems) }
    }
}
