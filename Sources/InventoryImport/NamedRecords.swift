/// Which records of a file name which things, and whether they say the same. 32 bytes a name and a little more.
struct NamedRecords {
    enum Standing: Equatable {
        /// No other says anything else, and it is the first.
        case alone
        /// An earlier one says the same, or is enough.
        case repeats(first: Int64)
        /// The lines of some that say different things, from the first on.
        case conflict([Int64])
    }

    /// A name by two hashes: the chance that two names of a million share both is one in 10^26.
    private struct Name: Hashable {
        let first: Int
        let second: Int

        init(_ text: String) {
            var hasher = Hasher()
            hasher.combine(text)
            first = hasher.finalize()
            hasher = Hasher()
            hasher.combine(0x5EC0)
            hasher.combine(text)
            second = hasher.finalize()
        }
    }

    private struct First {
        let line: Int64
        /// Of what it says.
        let digest: Int
    }

    /// Lines that a conflict names.
    private static let linesMax = 10

    private let namesMax: Int
    private var firsts: [Name: First] = [:]
    private var conflicts: [Name: [Int64]] = [:]
    private var isLooking = true

    init(namesMax: Int) { self.namesMax = namesMax }

    /// The whole file was looked at: from here on each is told how it stands to all others.
    mutating func endLook() { isLooking = false }

    mutating func standing(
        of key: String, saying digest: Int, at line: Int64, isFirstEnough: Bool
    ) -> Standing {
        let name = Name(key)
        guard let first = firsts[name] else {
            if firsts.count < namesMax { firsts[name] = First(line: line, digest: digest) }
            return .alone
        }
        if isLooking, first.digest != digest, !isFirstEnough {
            var lines = conflicts[name] ?? [first.line]
            if lines.count < Self.linesMax { lines.append(line) }
            conflicts[name] = lines
        }
        if let lines = conflicts[name] { return .conflict(lines) }
        return first.line == line ? .alone : .repeats(first: first.line)
    }
}
