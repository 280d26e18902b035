import Foundation
import Testing

/// Nobody can run what nobody says how it grows: `docs/growth.md` names every table, and no other.
@Suite struct GrowthTests {
    private static let root = URL(filePath: #filePath).appending(path: "../../..").standardized

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    @Test func `every table of the schema is in the page about growth`() throws {
        let schema = try Self.text("schema.sql")
        let tables = Set(schema.matches(of: /CREATE TABLE (\w+) \(/).map { String($0.1) })
        #expect(tables.count > 30, "the tables of schema.sql are read")
        let page = try Self.text("docs/growth.md")
        let section = try #require(page.split(separator: "## Every table").last?.split(separator: "\n## ").first)
        let named = section.matches(of: /(?m)^\| `(\w+)` \|/).map { String($0.1) }
        #expect(Set(named) == tables)
        #expect(named.count == Set(named).count, "each once")
    }
}
