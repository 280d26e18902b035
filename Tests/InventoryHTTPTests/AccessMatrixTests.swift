import Foundation
import Hummingbird
import Inventory
import TestSupport
import Testing

/// Every operation with every role, bound and not, against the tables of docs/access.md.
@Suite struct AccessMatrixTests {
    private struct Operation {
        let name: String
        let method: HTTPRequest.Method
        let path: String
        let scopes: Set<String>
        let bound: String
    }

    private static func page() throws -> String {
        let file = URL(filePath: #filePath).appending(path: "../../../docs/access.md").standardizedFileURL
        return try String(contentsOf: file, encoding: .utf8)
    }

    /// The cells of the rows of a table of Markdown, below a heading.
    private static func rows(_ heading: String) throws -> [[String]] {
        let text = try page()
        let start = try #require(text.firstRange(of: "## \(heading)\n")?.upperBound)
        let rest = text[start...]
        let section = rest[..<(rest.firstRange(of: "\n## ")?.lowerBound ?? rest.endIndex)]
        return section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { row in
            row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    private static func quoted(_ cell: String) -> [String] { cell.matches(of: /`([^`]+)`/).map { String($0.1) } }

    private static func operations() throws -> [Operation] {
        try rows("Operations").map { cells in
            let call = try #require(quoted(cells[1]).first).split(separator: " ").map(String.init)
            return Operation(
                name: quoted(cells[0])[0], method: try #require(HTTPRequest.Method(call[0])), path: call[1],
                scopes: Set(quoted(cells[2])), bound: cells[3])
        }
    }

    @Test func `roles have the scopes that the page says`() throws {
        let rows = try Self.rows("Roles")
        #expect(rows.count == Role.allCases.count)
        for cells in rows {
            let role = try #require(Role(rawValue: Self.quoted(cells[0])[0]))
            let said = cells[1] == "all" ? Scope.allCases.map(\.rawValue) : Self.quoted(cells[1])
            #expect(role.scopes.list.map(\.rawValue) == said, "\(role)")
        }
    }

    @Test func `every operation lets in whom the page says, and nobody else`() async throws {
        let operations = try Self.operations()
        #expect(operations.count > 100)
        try await TestServer.runAsking { server async throws in
            for operation in operations {
                let answer = try await Self.call(operation, server)
                #expect((answer.status == 401) == !operation.scopes.isEmpty, "\(operation.name): \(answer.status)")
            }
            for role in Role.allCases {
                let free = server.with(try await server.key("free-\(role)", [role]))
                let bound = server.with(
                    try await server.key("bound-\(role)", [role], locations: ["mine"], sources: ["mine"]))
                for operation in operations {
                    let isOpen = operation.scopes.isEmpty
                    let isAllowed = isOpen || !operation.scopes.isDisjoint(with: role.scopes.list.map(\.rawValue))
                    let answer = try await Self.call(operation, free)
                    #expect(
                        isAllowed == ![401, 403].contains(answer.status), "\(role) \(operation.name): \(answer.status)")
                    #expect(answer.status < 500 || operation.name == "healthReady", "\(role) \(operation.name)")
                    let held = try await Self.call(operation, bound)
                    switch operation.bound {
                    case "refused": #expect(held.status == 403, "\(role) \(operation.name): \(held.status)")
                    // What it gets is in the tests of what it asks for.
                    case "free", "filtered":
                        #expect((held.status != 403) == isAllowed, "\(role) \(operation.name): \(held.status)")
                    default:
                        // Nothing named there is its own, so nothing comes back.
                        #expect((400...499).contains(held.status), "\(role) \(operation.name): \(held.status)")
                        #expect(isAllowed || held.status == 403, "\(role) \(operation.name): \(held.status)")
                    }
                }
            }
        }
    }

    private static func call(_ operation: Operation, _ server: TestServer) async throws -> TestServer.Answer {
        var path = operation.path.replacing(/\{[a-z]+\}/, with: "x1")
        // A stream has no end, unless it has no beginning.
        if operation.name == "streamEvents" { path += "?after=nowhere" }
        let hasBody = operation.method == .post || operation.method == .put
        return try await server.send(operation.method, path, hasBody ? "{}" : nil)
    }
}
