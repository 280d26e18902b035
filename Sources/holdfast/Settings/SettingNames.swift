import Foundation

/// The names that somebody has set, whether or not they are settings.
struct SettingNames: Sendable {
    /// As in the environment: `HOLDFAST_HTTP_PORT`.
    var environment: Set<String> = []
    /// As in the file, with dots: `http.port`.
    var file: Set<String> = []

    static let prefix = "HOLDFAST_"
    /// Variables with the prefix that are read elsewhere: where the file is, the token of `tail`, and what tests set.
    static let notSettings: Set<String> = ["HOLDFAST_CONFIG_FILE", "HOLDFAST_TOKEN", "HOLDFAST_TESTS_AT_ONCE"]

    /// What Kubernetes and Docker set in the containers beside a service that is called holdfast.
    private static func isServiceLink(_ name: String) -> Bool {
        name.wholeMatch(of: /HOLDFAST_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP)(_[A-Z]+)?)?)/)
            != nil
    }

    static func inEnvironment(_ key: String) -> String { prefix + key.replacing(".", with: "_").uppercased() }

    init(environment: some Sequence<String>) {
        self.environment = Set(environment.filter { $0.hasPrefix(Self.prefix) && !Self.isServiceLink($0) })
    }

    /// Adds the names of a settings file, which are below `holdfast` in it.
    /// - Returns: false where it is no JSON object with one.
    mutating func add(file bytes: Data) -> Bool {
        guard let root = try? JSONSerialization.jsonObject(with: bytes) as? [String: Any],
            let settings = root["holdfast"] as? [String: Any]
        else { return false }
        add(settings, below: "")
        return true
    }

    private mutating func add(_ object: [String: Any], below path: String) {
        for (name, value) in object {
            if let inner = value as? [String: Any] {
                add(inner, below: "\(path)\(name).")
            } else {
                file.insert(path + name)
            }
        }
    }
}

/// Finds what a misspelt name was meant to be.
enum NearestName {
    /// - Returns: the known name with the fewest changes of one character, if they are no more than a third of the name.
    static func of(_ name: String, among known: some Sequence<String>) -> String? {
        known.map { (name: $0, changes: changes(Array(name.utf8), Array($0.utf8))) }
            .filter { $0.changes * 3 <= name.utf8.count }
            .min { ($0.changes, $0.name) < ($1.changes, $1.name) }?.name
    }

    /// Levenshtein's distance: characters to put in, leave out or replace.
    private static func changes(_ from: [UInt8], _ to: [UInt8]) -> Int {
        var row = Array(0...to.count)
        for (i, left) in from.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in to.enumerated() {
                let replaced = diagonal + (left == right ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[to.count]
    }
}
