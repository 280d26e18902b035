import Foundation
import Testing

/// Folders are floors: what stands in one refers only to its own and to those below. So a definition is found by going down,
/// and a feature can be read without those above it.
@Suite struct FloorsTests {
    /// The folders of a target from the ground up; "" stands for files beside its folders.
    struct House {
        let target: String
        let floors: [String]
        /// Upward references that are still there, "lower > higher". One that is gone is taken off this list; none is added.
        var exceptions: Set<String> = []
    }

    static let houses = [
        House(
            target: "Inventory",
            floors: [
                "Values", "Access", "Events", "Catalog", "Facts", "Ledger", "Counts", "StockRules", "Silence",
                "Availability",
                "Sourcing",
                "Feeds", "Reservations", "Transfers", "Exceptions", "Reconciliation", "KPIs", "Decision",
            ]),
        House(
            target: "InventoryService",
            floors: [
                "Background", "Batching", "Catalog", "Audit", "Access", "Supply", "StockRules", "Ledger", "Facts",
                "Availability",
                "Silence",
                "Sourcing", "Reservations", "Transfers", "Counts", "Exceptions", "Reconciliation", "Imports",
                "Events", "Webhooks", "Kafka", "Feeds", "Exports", "KPIs", "Metrics",
            ],
            exceptions: [
                "Batching > Silence", "Catalog > Facts", "Facts > Availability", "Facts > Counts", "Facts > Silence",
                "Facts > Transfers",
                "Sourcing > Reservations",
            ]),
        House(
            target: "InventoryPostgres",
            floors: [
                "", "SQL", "Schema", "ChangeLog", "Audit", "Access", "Catalog", "StockRules", "Supply", "Ledger",
                "Batch",
                "Facts",
                "Counts",
                "Transfers",
                "Availability", "Reservations", "Sourcing", "Silence", "Exceptions", "Reconciliation", "Imports",
                "Events", "Webhooks", "Kafka", "Feeds", "Exports", "KPIs", "Metrics",
            ],
            exceptions: ["Batch > Reservations", "Batch > Transfers", "Availability > Reservations"]),
        House(
            target: "InventoryHTTP",
            floors: [
                "Wire", "Access", "Limits", "Metrics", "Lane", "Connections", "Audit", "Facts", "Catalog", "StockRules",
                "Supply",
                "Availability",
                "Counts",
                "Exceptions",
                "Imports",
                "Operations", "Reconciliation", "Reservations", "Silence", "Sourcing", "Transfers", "Events", "Feeds",
                "Exports", "KPIs", "Webhooks", "Pages", "",
            ]),
        House(
            target: "InventoryWire",
            floors: [
                "", "Access", "Catalog", "StockRules", "Supply", "Facts", "Counts", "Availability", "Sourcing",
                "Reservations",
                "Transfers", "Exceptions", "Reconciliation", "Imports", "Feeds", "Webhooks",
            ]),
        House(target: "holdfast", floors: ["Settings", "Stack", "Events", "Commands", "Bench", "Demo", ""]),
    ]

    @Test(arguments: houses)
    func `folders refer only to those below them`(house: House) throws {
        let files = try SourceFile.all(of: house.target)
        try #require(!files.isEmpty, "no sources of \(house.target) were found")
        var folders: [String: Set<String>] = [:]
        for file in files { for type in file.declared { folders[type, default: []].insert(file.folder) } }
        let heights = Dictionary(uniqueKeysWithValues: house.floors.enumerated().map { ($1, $0) })
        var upward: [String: [String]] = [:]
        for file in files {
            guard let height = heights[file.folder] else {
                Issue.record("folder '\(file.folder)' of \(house.target) has no place among its floors")
                continue
            }
            for type in file.named {
                // A name that several folders declare says nothing of which is meant.
                guard let found = folders[type], found.count == 1, let other = found.first, other != file.folder,
                    let otherHeight = heights[other], otherHeight > height
                else { continue }
                upward["\(file.folder) > \(other)", default: []].append("\(file.name) names \(type)")
            }
        }
        for (pair, references) in upward where !house.exceptions.contains(pair) {
            Issue.record("\(house.target): \(pair): \(references.sorted().joined(separator: ", "))")
        }
        for pair in house.exceptions where upward[pair] == nil {
            Issue.record("\(house.target): '\(pair)' is no exception any more; take it off the list")
        }
    }
}

/// A source file as far as types are concerned.
private struct SourceFile {
    let folder: String
    let name: String
    /// Types that it declares outside of others.
    private(set) var declared: Set<String> = []
    /// Capitalised names that it uses on their own, not as a member of another.
    private(set) var named: Set<String> = []

    private static let modifiers: Set<String> = ["package", "public", "internal", "indirect", "final"]
    private static let keywords: Set<String> = ["struct", "enum", "class", "actor", "protocol", "typealias"]

    static func all(of target: String) throws -> [SourceFile] {
        // Tests/InventoryTests/FloorsTests.swift
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/\(target)")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path())
        return try paths.filter { $0.hasSuffix(".swift") }.map { path in
            let parts = path.split(separator: "/")
            return SourceFile(
                folder: parts.count > 1 ? String(parts[0]) : "", name: path,
                Array(try Data(contentsOf: root.appending(path: path))))
        }
    }

    private init(folder: String, name: String, _ text: [UInt8]) {
        self.folder = folder
        self.name = name
        var position = 0
        /// Words of a line that is not indented, up to the name that it declares.
        var words: [String]? = []
        while position < text.count {
            let byte = text[position]
            if byte == UInt8(ascii: "\n") {
                position += 1
                let isIndented = position < text.count && text[position] == UInt8(ascii: " ")
                words = isIndented ? nil : []
            } else if text[position...].starts(with: Array("//".utf8)) {
                position = text[position...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
            } else if byte == UInt8(ascii: "\"") {
                position = Self.end(ofStringAt: position, in: text)
            } else if Self.isWord(byte) {
                let end = text[position...].firstIndex { !Self.isWord($0) } ?? text.count
                let word = String(decoding: text[position..<end], as: UTF8.self)
                let isMember = position > 0 && text[position - 1] == UInt8(ascii: ".")
                if !isMember, byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") { named.insert(word) }
                if let before = words {
                    if let last = before.last, Self.keywords.contains(last) {
                        declared.insert(word)
                        words = nil
                    } else {
                        words = Self.modifiers.contains(word) || Self.keywords.contains(word) ? before + [word] : nil
                    }
                }
                position = end
            } else {
                position += 1
            }
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// What a string interpolates is left out: only texts name nothing, and those are most.
    private static func end(ofStringAt start: Int, in text: [UInt8]) -> Int {
        let quote = UInt8(ascii: "\"")
        let isLong = text[start...].starts(with: [quote, quote, quote])
        var position = start + (isLong ? 3 : 1)
        while position < text.count {
            if text[position] == UInt8(ascii: "\\") {
                position += 2
            } else if isLong ? text[position...].starts(with: [quote, quote, quote]) : text[position] == quote {
                return position + (isLong ? 3 : 1)
            } else {
                position += 1
            }
        }
        return text.count
    }
}
