import LibPQ
import Testing

@Suite struct ParameterTests {
    @Test func `every scalar type goes there and back, at its edges and as NULL`() async throws {
        let echo = Statement(
            "test_echo", [.int8, .int4, .int2, .float8, .bool, .text, .bytea, .timestamptz, .text],
            sql: "select $1, $2, $3, $4, $5, $6, $7, $8, $9")
        try await withPool { pool async throws in
            try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                let row = try session.query(echo) {
                    $0.int8(.min)
                    $0.int4(.max)
                    $0.int2(-1)
                    $0.float8(-0.1)
                    $0.bool(true)
                    $0.text("")
                    $0.bytea([0, 255])
                    $0.timestamptz(-1)
                    $0.text(nil)
                }[0]
                #expect(row.int8(0) == .min)
                #expect(row.int4(1) == .max)
                #expect(row.int2(2) == -1)
                #expect(row.float8(3) == -0.1)
                #expect(row.bool(4))
                #expect(row.text(5).isEmpty, "an empty text is not NULL")
                #expect(row.bytea(6) == [0, 255])
                #expect(row.timestamptz(7) == -1)
                #expect(row.isNull(8))
                #expect(row.textIfPresent(8) == nil)
            }
        }
    }

    @Test func `an empty text alone is not NULL`() async throws {
        let echo = Statement("test_empty", [.text], sql: "select $1 is null")
        try await withPool { pool async throws in
            try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                #expect(try !session.query(echo) { $0.text("") }[0].bool(0))
            }
        }
    }

    @Test func `arrays go there and back, with NULLs, empty and large`() async throws {
        let echo = Statement(
            "test_arrays", [.int8Array, .textArray, .byteaArray, .boolArray, .timestamptzArray],
            sql: """
                select a, b, c, d, e, cardinality($1)
                from unnest($1, $2, $3, $4, $5) with ordinality as t(a, b, c, d, e, o) order by o
                """)
        try await withPool { pool async throws in
            try await pool.run(timeout: .seconds(20)) { session throws(PQError) in
                let count = 20_000
                let rows = try session.query(echo) {
                    $0.int8s((0..<count).map { $0 == 7 ? nil : Int64($0) })
                    $0.texts((0..<count).map { "text \($0) 'é'\u{1}" })
                    $0.byteas((0..<count).map { [UInt8](repeating: UInt8($0 & 255), count: 40) })
                    $0.bools((0..<count).map { $0.isMultiple(of: 2) })
                    $0.timestamptzs((0..<count).map { Int64($0) })
                }
                #expect(rows.count == count)
                #expect(rows[7].isNull(0))
                #expect(rows[19_999].int8(0) == 19_999)
                #expect(rows[12_345].text(1) == "text 12345 'é'\u{1}")
                #expect(rows[300].bytea(2) == [UInt8](repeating: 44, count: 40))
                #expect(rows[300].timestamptz(4) == 300)
                let empty = try session.query(echo) {
                    $0.int8s([])
                    $0.texts([])
                    $0.byteas([])
                    $0.bools([])
                    $0.timestamptzs([])
                }
                #expect(empty.isEmpty)
            }
        }
    }
}
