import CLibPQ

/// Owns one `PGresult` and frees it once.
struct ResultHandle: ~Copyable {
    let raw: OpaquePointer

    init(adopting raw: OpaquePointer) { self.raw = raw }

    deinit { PQclear(raw) }
}

/// The rows of one answered statement. Confined to the connection's thread, so not `Sendable`.
package final class Rows: RandomAccessCollection {
    private let handle: ResultHandle
    private let statement: String

    init(adopting raw: OpaquePointer, statement: String) {
        handle = ResultHandle(adopting: raw)
        self.statement = statement
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { Int(PQntuples(handle.raw)) }

    /// How many rows an INSERT, UPDATE or DELETE touched; 0 for other statements.
    package var affectedCount: Int {
        guard let text = PQcmdTuples(handle.raw) else { return 0 }
        return Int(String(cString: text)) ?? 0
    }

    package subscript(position: Int) -> Row {
        Row(rows: self, index: Int32(position))
    }

    /// A cell that does not hold what the statement's own text says it holds is a broken program, not
    /// bad input, so it traps, and names the statement and column.
    fileprivate func withCell<T>(
        _ row: Int32, _ column: Int32, length expected: Int? = nil, _ body: (UnsafeRawBufferPointer) -> T
    ) -> T? {
        precondition(column < PQnfields(handle.raw), "\(statement) has no column \(column)")
        guard PQgetisnull(handle.raw, row, column) == 0 else { return nil }
        let length = Int(PQgetlength(handle.raw, row, column))
        precondition(expected == nil || length == expected, "\(statement) column \(column) has \(length) bytes")
        // libpq owns the bytes for as long as the result lives, which this object guarantees.
        return body(UnsafeRawBufferPointer(start: PQgetvalue(handle.raw, row, column), count: length))
    }

    fileprivate func present<T>(_ value: T?, _ column: Int32) -> T {
        guard let value else { preconditionFailure("\(statement) column \(column) is NULL") }
        return value
    }
}

/// One row. Columns are read by position, each with the type its statement gives it.
package struct Row {
    fileprivate let rows: Rows
    fileprivate let index: Int32

    package func isNull(_ column: Int32) -> Bool {
        rows.withCell(index, column) { _ in true } == nil
    }

    package func int8IfPresent(_ column: Int32) -> Int64? { integer(column) }
    package func int8(_ column: Int32) -> Int64 { rows.present(int8IfPresent(column), column) }
    package func int4IfPresent(_ column: Int32) -> Int32? { integer(column) }
    package func int4(_ column: Int32) -> Int32 { rows.present(int4IfPresent(column), column) }
    package func int2IfPresent(_ column: Int32) -> Int16? { integer(column) }
    package func int2(_ column: Int32) -> Int16 { rows.present(int2IfPresent(column), column) }

    package func float8IfPresent(_ column: Int32) -> Double? {
        (integer(column) as UInt64?).map(Double.init(bitPattern:))
    }
    package func float8(_ column: Int32) -> Double { rows.present(float8IfPresent(column), column) }

    package func bool(_ column: Int32) -> Bool {
        rows.present(rows.withCell(index, column, length: 1) { $0[0] != 0 }, column)
    }

    package func textIfPresent(_ column: Int32) -> String? {
        rows.withCell(index, column) { String(decoding: $0, as: UTF8.self) }
    }
    package func text(_ column: Int32) -> String { rows.present(textIfPresent(column), column) }

    package func byteaIfPresent(_ column: Int32) -> [UInt8]? {
        rows.withCell(index, column) { Array($0) }
    }
    package func bytea(_ column: Int32) -> [UInt8] { rows.present(byteaIfPresent(column), column) }

    /// - Returns: microseconds since 1970-01-01 UTC.
    package func timestamptzIfPresent(_ column: Int32) -> Int64? {
        (integer(column) as Int64?).map { $0 + postgresEpochMicroseconds }
    }
    package func timestamptz(_ column: Int32) -> Int64 { rows.present(timestamptzIfPresent(column), column) }

    /// A `text[]` of one dimension without NULLs; empty for NULL.
    package func texts(_ column: Int32) -> [String] {
        rows.withCell(index, column) { bytes in
            var reader = ArrayReader(bytes)
            return reader.elements { String(decoding: $0, as: UTF8.self) }
        } ?? []
    }

    /// An `int2[]` of one dimension without NULLs; empty for NULL.
    package func int2s(_ column: Int32) -> [Int16] {
        rows.withCell(index, column) { bytes in
            var reader = ArrayReader(bytes)
            return reader.elements { Int16(bigEndian: $0.loadUnaligned(as: Int16.self)) }
        } ?? []
    }

    /// An `int4[]` of one dimension without NULLs; empty for NULL.
    package func int4s(_ column: Int32) -> [Int32] {
        rows.withCell(index, column) { bytes in
            var reader = ArrayReader(bytes)
            return reader.elements { Int32(bigEndian: $0.loadUnaligned(as: Int32.self)) }
        } ?? []
    }

    /// An `int8[]` of one dimension without NULLs; empty for NULL.
    package func int8s(_ column: Int32) -> [Int64] {
        rows.withCell(index, column) { bytes in
            var reader = ArrayReader(bytes)
            return reader.elements { Int64(bigEndian: $0.loadUnaligned(as: Int64.self)) }
        } ?? []
    }

    /// A `timestamptz[]` of one dimension without NULLs, in microseconds since 1970; empty for NULL.
    package func timestamptzs(_ column: Int32) -> [Int64] { int8s(column).map { $0 + postgresEpochMicroseconds } }

    private func integer<T: FixedWidthInteger>(_ column: Int32) -> T? {
        rows.withCell(index, column, length: T.bitWidth / 8) { T(bigEndian: $0.loadUnaligned(as: T.self)) }
    }
}

/// Reads the binary array format that `ParameterWriter` documents.
private struct ArrayReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func elements<T>(_ decode: (UnsafeRawBufferPointer) -> T) -> [T] {
        let dimensions = int4()
        offset += 8
        guard dimensions == 1 else {
            precondition(dimensions == 0, "arrays have one dimension here")
            return []
        }
        let count = Int(int4())
        offset += 4
        return (0..<count).map { _ in
            let length = Int(int4())
            precondition(length >= 0, "an array element is NULL")
            defer { offset += length }
            return decode(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]))
        }
    }

    private mutating func int4() -> Int32 {
        defer { offset += 4 }
        return Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
    }
}
