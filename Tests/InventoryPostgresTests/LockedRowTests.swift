import Dispatch
import Inventory
import InventoryPostgres
import InventoryService
import LibPQ
import Logging
import Synchronization
import TestSupport
import Testing

/// Rows that somebody else holds: another process that was stopped in the middle of a commit, or a person with psql.
@Suite struct LockedRowTests {
    @Test(arguments: PostgresBatchStore.WritePath.allCases)
    func `what waits for locked rows holds up nobody else, and is written once they are free`(
        path: PostgresBatchStore.WritePath
    ) async throws {
        try await withDatabase { database in
            try await withShop(on: database, path: path) { shop in
                try await shop.addLocation("L")
                let others = (0..<60).map { "I\($0)" }
                // More rows than there are writers.
                let locked = ["X", "Y", "Z"]
                for sku in others + locked { try await shop.addItem(sku) }
                _ = try await shop.send((others + locked).map { .receipt("r \($0)", $0, at: "L", 100) })
                let holder = try RowHolder(database.url)
                try await holder.hold(locked)
                async let waiting = withThrowingTaskGroup(of: Verdict.self) { tasks in
                    for sku in locked {
                        for number in 0..<5 {
                            tasks.addTask { try await shop.send([.sale("\(sku) \(number)", sku)]).lines[0].verdict }
                        }
                    }
                    return try await tasks.reduce(into: [Verdict]()) { $0.append($1) }
                }
                // One after the other, so that some come after the rows are known to be locked.
                for round in 0..<5 {
                    try await withThrowingTaskGroup(of: Void.self) { tasks in
                        for sku in others {
                            tasks.addTask {
                                let answer = try await shop.send([.sale("\(sku) \(round)", sku)])
                                #expect(answer.lines[0].verdict == .applied)
                            }
                        }
                        try await tasks.waitForAll()
                    }
                }
                #expect(holder.isHolding, "the others were written while the rows were locked")
                holder.letGo()
                #expect(try await waiting == Array(repeating: .applied, count: 15))
                for sku in others + locked { #expect(try await shop.onHand(sku, "L") == 95) }
                #expect(try await shop.prove().isProved)
                await holder.end()
            }
        }
    }

    @Test
    func
        `a sale on a row that stays locked is refused in its time, with what waits behind it, and nothing of it is there`()
        async throws
    {
        var limits = FactService.Limits()
        limits.answerWithin = .seconds(15)
        try await withDatabase { [limits] database in
            try await withShop(on: database, limits: limits) { shop in
                try await shop.addLocation("L")
                for sku in ["A", "X"] { try await shop.addItem(sku) }
                _ = try await shop.send([.receipt("1", "X", at: "L", 10), .receipt("2", "A", at: "L", 10)])
                let holder = try RowHolder(database.url)
                try await holder.hold(["X"])
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for number in 0..<20 {
                        tasks.addTask {
                            // Those of one batch are given up together; those behind it never came to be tried.
                            let error = await #expect(throws: StoreError.self) {
                                try await shop.send([.sale("x \(number)", "X")])
                            }
                            #expect([.conflict(attempts: 1), .unavailable].contains(error))
                        }
                    }
                    tasks.addTask {
                        let answer = try await shop.send([.sale("a", "A")])
                        #expect(answer.lines[0].verdict == .applied)
                    }
                    try await tasks.waitForAll()
                }
                #expect(holder.isHolding)
                holder.letGo()
                #expect(try await shop.send([.sale("x 0", "X")]).lines[0].verdict == .applied)
                #expect(try await shop.onHand("X", "L") == 9)
                await holder.end()
            }
        }
    }
}

/// Holds rows of `balance` in a transaction of its own until it is told to let go.
private final class RowHolder: Sendable {
    private let pool: ConnectionPool
    private let release = DispatchSemaphore(value: 0)
    private let holding = Mutex(false)

    init(_ url: String) throws {
        let settings = try ConnectionSettings(url: url)
        pool = ConnectionPool(
            settings, size: 1, jobsMax: 10, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    var isHolding: Bool { holding.withLock { $0 } }

    /// Returns once the rows are locked.
    func hold(_ skus: [String]) async throws {
        let counted: Int = try await withCheckedThrowingContinuation { locked in
            pool.enqueue(timeout: .seconds(120)) { [self] connection in
                do throws(PQError) {
                    let session = try connection.get()
                    _ = try session.query(.begin)
                    let rows = try session.query(.holdBalances) { $0.texts(skus) { $0 } }
                    holding.withLock { $0 = true }
                    locked.resume(returning: rows.count)
                    release.wait()
                    holding.withLock { $0 = false }
                    _ = try? session.query(.rollback)
                } catch {
                    locked.resume(throwing: error)
                }
            }
        }
        try #require(counted == skus.count)
    }

    func letGo() { release.signal() }

    func end() async { await pool.shutdown() }
}

extension Statement {
    fileprivate static let holdBalances = Statement(
        "test_hold_balances", [.textArray],
        sql: """
            select 1 from balance b join item i on i.item_id = b.item_id where i.sku = any ($1) for update of b
            """)
}
