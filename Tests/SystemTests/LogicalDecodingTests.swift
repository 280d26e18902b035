import EmbeddedPostgres
import Foundation
import LibPQ
import Logging
import TestSupport
import Testing

/// The other road to a consumer: rows by logical replication, as `deploy/publication.sql` publishes them.
@Suite struct LogicalDecodingTests {
    private static let stores = ["L0", "L1", "L2"]
    private static let skus = (0..<5).map { "S\($0)" }
    private static let requestsPerClient = 25
    private static let clients = 8

    private static var publication: String {
        get throws {
            let file = URL(filePath: #filePath).appending(path: "../../../deploy/publication.sql").standardizedFileURL
            return try String(contentsOf: file, encoding: .utf8)
        }
    }

    private static func onDatabase<T: Sendable>(
        _ url: String, _ body: @escaping @Sendable (Session) throws(PQError) -> T
    ) async throws -> T {
        let pool = ConnectionPool(
            try ConnectionSettings(url: url), size: 1, jobsMax: 1,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        do {
            let result = try await pool.run(timeout: .seconds(60), body)
            await pool.shutdown()
            return result
        } catch {
            await pool.shutdown()
            throw error
        }
    }

    private static func run(_ sql: String, _ url: String) async throws {
        try await onDatabase(url) { session throws(PQError) in try session.script(sql, name: "test") }
    }

    /// What the slot has, taken off it: at most about so many changes.
    private static func take(_ url: String, changesMax: Int = 1_000_000) async throws -> [[UInt8]] {
        try await onDatabase(url) { session throws(PQError) in
            try session.query(
                Statement(
                    "test_changes",
                    sql: """
                        select data from pg_logical_slot_get_binary_changes(
                            'holdfast', null, \(changesMax), 'proto_version', '1', 'publication_names', 'holdfast')
                        """)
            ).map { $0.bytea(0) }
        }
    }

    private static func serve(_ url: String) throws -> Program {
        try Program(["serve"], ["DATABASE_URL": url, "HTTP_PORT": "0", "LOG_LEVEL": "error"])
    }

    /// Facts of several clients at once, each request until somebody has taken it.
    private static func trade(_ servers: [Client], round: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<clients {
                group.addTask {
                    for request in 0..<requestsPerClient {
                        let lines = (0..<4).map { line in
                            """
                            {"eventId":"\(round)/\(client)/\(request)/\(line)","type":"sale","quantity":1,\
                            "sku":"\(skus[(client + request + line) % skus.count])","location":"\(stores[line % stores.count])"}
                            """
                        }
                        let body = "{\"source\":\"till\",\"lines\":[\(lines.joined(separator: ","))]}"
                        for attempt in 0..<400 {
                            let server = servers[(client + attempt) % servers.count]
                            if (try? await server.send("POST", "/v1/movements", body))?.status == 200 { break }
                            #expect(attempt < 399, "never answered")
                            try await Task.sleep(for: .milliseconds(25))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `every ledger line is decoded once and in order, over kills and a crash`() async throws {
        try await withFolder { folder in
            // The setting needs a start of its own.
            let first = try await EmbeddedServer.start(in: folder)
            try await Self.run("alter system set wal_level = logical", first.url)
            await first.stop()
            var postgres = try await EmbeddedServer.start(in: folder)
            #expect(try await Program(["migrate"], ["DATABASE_URL": postgres.url]).exitStatus() == 0)
            for _ in 0..<2 { try await Self.run(Self.publication, postgres.url) }
            _ = try await rows(
                postgres.url, "select lsn::text from pg_create_logical_replication_slot('holdfast', 'pgoutput')")

            var programs = [try Self.serve(postgres.url), try Self.serve(postgres.url)]
            var servers = [try await programs[0].ready(), try await programs[1].ready()]
            for sku in Self.skus { _ = try await servers[0].send("PUT", "/v1/items/\(sku)", "{\"name\":\"x\"}") }
            for store in Self.stores {
                _ = try await servers[0].send("PUT", "/v1/locations/\(store)", "{\"name\":\"x\"}")
            }
            let (killed, both) = (programs[0], servers)
            async let trading: Void = Self.trade(both, round: 0)
            try await Task.sleep(for: .milliseconds(300))
            killed.signal(SIGKILL)
            try await trading
            // A part is taken. The rest survives a crash of the server, behind which some may come again.
            var parts = [try await Self.take(postgres.url, changesMax: 200)]
            #expect(!parts[0].isEmpty)
            programs[1].signal(SIGTERM)
            #expect(try await programs[1].exitStatus() == 0)
            try await postgres.crash()
            postgres = try await EmbeddedServer.start(in: folder)
            programs = [try Self.serve(postgres.url)]
            servers = [try await programs[0].ready()]
            try await Self.trade(servers, round: 1)
            programs[0].signal(SIGTERM)
            #expect(try await programs[0].exitStatus() == 0)
            parts.append(try await Self.take(postgres.url))
            try await Self.check(parts, postgres.url)
            await postgres.stop()
        }
    }

    private static func check(_ parts: [[[UInt8]]], _ url: String) async throws {
        var decoder = PgOutputDecoder()
        var transactions: [PgOutputDecoder.Transaction] = []
        for part in parts {
            for change in part { try decoder.read(change) }
            let new = decoder.takeTransactions()
            #expect(new.map(\.commitLSN) == new.map(\.commitLSN).sorted(), "in the order of commits")
            // As every consumer does: where it was is kept by the position of the last commit.
            let last = transactions.last?.commitLSN ?? 0
            transactions += new.filter { $0.commitLSN > last }
        }
        var lines: [String] = []
        var versions: [String: Int] = [:]
        for transaction in transactions {
            let commits = Set(transaction.inserts.filter { $0.table == "commit_log" }.map { $0.values["commit_id"] })
            for insert in transaction.inserts where insert.table == "movement" {
                let value = { (column: String) in insert.values[column] ?? "" }
                let sequence = try #require(Int(value("sequence")))
                #expect(commits.contains("\(sequence >> 16)"), "its commit is in its transaction")
                let key = "\(value("item_id")) \(value("location_id"))"
                let version = try #require(Int(value("version")))
                #expect(version == (versions[key] ?? 0) + 1, "balance \(key): \(version) behind \(versions[key] ?? 0)")
                versions[key] = version
                lines.append("\(sequence) \(key) \(version) \(value("units")) \(value("event_id"))")
            }
        }
        // Months are not to be seen.
        let tables = Set(transactions.flatMap { $0.inserts.map(\.table) })
        #expect(tables.isSuperset(of: ["movement", "commit_log", "item", "location", "source"]))
        #expect(!tables.contains { $0.hasPrefix("movement_") }, "\(tables)")
        let stored = try await rows(
            url, "select concat_ws(' ', sequence, item_id, location_id, version, units, event_id) from movement")
        #expect(stored.count == 2 * clients * requestsPerClient * 4)
        #expect(lines.sorted() == stored.sorted())
    }
}

/// Reads PostgreSQL's logical replication messages (protocol version 1), as far as inserts go.
private struct PgOutputDecoder {
    struct Insert {
        let table: String
        let values: [String: String]
    }

    struct Transaction {
        let commitLSN: UInt64
        var inserts: [Insert] = []
    }

    struct Unreadable: Error {}

    private var transactions: [Transaction] = []
    private var relations: [UInt32: (table: String, columns: [String])] = [:]

    mutating func takeTransactions() -> [Transaction] {
        defer { transactions = [] }
        return transactions
    }

    mutating func read(_ message: [UInt8]) throws {
        var bytes = Bytes(message)
        switch bytes.byte() {
        case UInt8(ascii: "B"): transactions.append(Transaction(commitLSN: bytes.integer()))
        case UInt8(ascii: "R"):
            let id: UInt32 = bytes.integer()
            _ = bytes.text()
            let table = bytes.text()
            _ = bytes.byte()
            let count: UInt16 = bytes.integer()
            var columns: [String] = []
            for _ in 0..<count {
                _ = bytes.byte()
                columns.append(bytes.text())
                let _: UInt32 = bytes.integer()
                let _: UInt32 = bytes.integer()
            }
            relations[id] = (table, columns)
        case UInt8(ascii: "I"):
            guard let relation = relations[bytes.integer()], bytes.byte() == UInt8(ascii: "N"), !transactions.isEmpty
            else {
                throw Unreadable()
            }
            let count: UInt16 = bytes.integer()
            var values: [String: String] = [:]
            for column in relation.columns.prefix(Int(count)) {
                guard bytes.byte() == UInt8(ascii: "t") else { continue }
                let length: UInt32 = bytes.integer()
                values[column] = bytes.text(length: Int(length))
            }
            transactions[transactions.count - 1].inserts.append(Insert(table: relation.table, values: values))
        default: break
        }
    }

    private struct Bytes {
        private let bytes: [UInt8]
        private var position = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func byte() -> UInt8 {
            defer { position += 1 }
            return bytes[position]
        }

        mutating func integer<T: FixedWidthInteger>() -> T {
            (0..<T.bitWidth / 8).reduce(0 as T) { sum, _ in sum << 8 | T(truncatingIfNeeded: byte()) }
        }

        mutating func text(length: Int) -> String {
            defer { position += length }
            return String(decoding: bytes[position..<position + length], as: UTF8.self)
        }

        /// Up to a zero.
        mutating func text() -> String {
            let length = bytes[position...].firstIndex(of: 0).map { $0 - position } ?? 0
            defer { position += 1 }
            return text(length: length)
        }
    }
}
