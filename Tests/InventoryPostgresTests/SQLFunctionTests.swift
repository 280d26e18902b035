import Inventory
import InventoryPostgres
import LibPQ
import TestSupport
import Testing

/// Rules that stand in SQL and in Swift, held together.
@Suite struct SQLFunctionTests {
    @Test(arguments: seeds)
    func `SQL and Swift agree on what is available to sell`(seed: UInt64) async throws {
        let ask = Statement(
            "test_available", [.int8Array, .int8Array, .int8Array, .boolArray],
            sql: """
                select available_to_sell(a, b, c, d) from unnest($1, $2, $3, $4) with ordinality as t(a, b, c, d, o) order by o
                """)
        try await withShop { shop async throws in
            var generator = SeededGenerator(seed: seed)
            let terms = (0..<500).map { _ in
                AvailabilityTerms(
                    onHand: Int64.random(in: -20...40, using: &generator),
                    reserved: Int64.random(in: 0...30, using: &generator),
                    holdBack: HoldBack(safetyStock: Int64.random(in: 0...10, using: &generator)),
                    itemStatus: generator.pick(ItemStatus.allCases), isEligible: !generator.isOne(in: 4))
            }
            let answers = try await shop.pools.read.run(timeout: .seconds(5)) { session throws(PQError) in
                try session.query(ask) {
                    $0.int8s(terms.map { $0.onHand })
                    $0.int8s(terms.map { $0.reserved })
                    $0.int8s(terms.map { $0.holdBack.safetyStock })
                    $0.bools(terms.map { $0.isEligible && $0.itemStatus != .stopSale })
                }.map { $0.int8(0) }
            }
            #expect(answers == terms.map(\.availableToSell), "seed \(seed)")
        }
    }

    @Test func `SQL and Swift look codes up alike`() async throws {
        let ask = Statement(
            "test_canonical", [.textArray, .textArray],
            sql: "select canonical_code(a, b) from unnest($1, $2) with ordinality as t(a, b, o) order by o")
        let texts = [
            "1", "96385074", "0096385074", "4006381333931", "04006381333931", "123456789012345", "12a", " 12", "12 ",
            "１２", "", "-1", "00000000000000", "1\u{A0}",
        ]
        let pairs = texts.flatMap { text in ["gtin", "erp", "GTIN"].map { (system: $0, code: text) } }
        try await withShop { shop async throws in
            let answers = try await shop.pools.read.run(timeout: .seconds(5)) { session throws(PQError) in
                try session.query(ask) {
                    $0.texts(pairs.map { $0.system })
                    $0.texts(pairs.map { $0.code })
                }.map { $0.text(0) }
            }
            for (pair, answer) in zip(pairs, answers) {
                #expect(
                    Code(stored: pair.code).canonical(in: CodeSystem(stored: pair.system)).text == answer, "\(pair)")
            }
        }
    }

    /// A table and a function that returns its row type depend on one another, which no tool that moves tables can undo.
    @Test func `no SQL function returns a row of a table`() async throws {
        let ask = Statement(
            "test_row_types",
            sql: """
                select p.proname::text from pg_proc p join pg_type t on t.oid = p.prorettype
                where p.pronamespace = current_schema()::regnamespace and t.typrelid <> 0
                """)
        try await withShop { shop async throws in
            let functions = try await shop.pools.read.run(timeout: .seconds(5)) { session throws(PQError) in
                try session.query(ask).map { $0.text(0) }
            }
            #expect(functions.isEmpty)
        }
    }
}
