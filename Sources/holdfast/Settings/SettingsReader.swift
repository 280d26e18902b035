import Configuration

/// Reads settings one by one and collects what is wrong with them, so that all of it is told at once.
final class SettingsReader {
    private let config: ConfigReader
    private(set) var problems: [String] = []
    /// Every setting that there is, once all are read: each is asked for, whatever the others say.
    private var known: Set<String> = []

    init(_ config: ConfigReader) { self.config = config }

    func text(_ key: String, isSecret: Bool = false) -> String? {
        known.insert(key)
        let full = ConfigKey("holdfast.\(key)")
        // A file may say 8080 where the environment says "8080".
        return config.string(forKey: full, isSecret: isSecret) ?? config.int(forKey: full).map(String.init)
    }

    /// Words with commas or spaces between them; nil where it is not set.
    func words(_ key: String) -> [String]? {
        text(key)?.split { $0 == "," || $0 == " " }.map(String.init)
    }

    func number(_ key: String, in range: ClosedRange<Int64>) -> Int64? {
        guard let text = text(key) else { return nil }
        if let number = Int64(text), range.contains(number) { return number }
        refuse(key, "'\(text)' is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    func isOn(_ key: String) -> Bool? {
        switch text(key) {
        case nil: return nil
        case "on": return true
        case "off": return false
        case let other?:
            refuse(key, "'\(other)' is neither on nor off")
            return nil
        }
    }

    /// Refuses what was set and is no setting, since it was meant for something. Called when all settings were read.
    func refuseUnknown(_ names: SettingNames) {
        let knownNames = known.map(SettingNames.inEnvironment)
        for name in names.environment.subtracting(knownNames).subtracting(SettingNames.notSettings).sorted() {
            problems.append("\(name): there is no such setting" + Self.suggestion(name, knownNames))
        }
        for key in names.file.subtracting(known).sorted() {
            problems.append("\(key) in the settings file: there is no such setting" + Self.suggestion(key, known))
        }
    }

    private static func suggestion(_ name: String, _ known: some Sequence<String>) -> String {
        NearestName.of(name, among: known).map { "; did you mean \($0)?" } ?? "; leave it out"
    }

    func refuse(_ key: String, _ why: String) {
        let name = key.replacing(".", with: "_").uppercased()
        let flag = SettingsOptions.keys.contains(key) ? " (--\(key.replacing(".", with: "-")))" : ""
        problems.append("HOLDFAST_\(name)\(flag): \(why)")
    }
}
