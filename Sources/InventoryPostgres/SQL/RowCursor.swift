import Inventory
import LibPQ

/// Reads the two or three columns of a row in the order in which its statement selects them. Rows with more have a
/// `ColumnTable`.
struct RowCursor {
    private let row: Row
    private var place: Int32 = 0

    init(_ row: Row) { self.row = row }

    private mutating func next() -> Int32 {
        defer { place += 1 }
        return place
    }

    mutating func bool() -> Bool { row.bool(next()) }
    mutating func int2() -> Int16 { row.int2(next()) }
    mutating func int4() -> Int32 { row.int4(next()) }
    mutating func int4IfPresent() -> Int32? { row.int4IfPresent(next()) }
    mutating func int4s() -> [Int32] { row.int4s(next()) }
    mutating func int8() -> Int64 { row.int8(next()) }
    mutating func int8IfPresent() -> Int64? { row.int8IfPresent(next()) }
    mutating func int8s() -> [Int64] { row.int8s(next()) }
    mutating func float8() -> Double { row.float8(next()) }
    mutating func float8IfPresent() -> Double? { row.float8IfPresent(next()) }
    mutating func text() -> String { row.text(next()) }
    mutating func textIfPresent() -> String? { row.textIfPresent(next()) }
    mutating func texts() -> [String] { row.texts(next()) }
    mutating func bytea() -> [UInt8] { row.bytea(next()) }
    mutating func timestamp() -> Timestamp? { row.timestamp(next()) }
    mutating func requiredTimestamp() -> Timestamp { row.requiredTimestamp(next()) }
}

/// The value of a row of one column: a version, a count, whether there is something.
struct OnlyColumn {
    fileprivate let row: Row

    var bool: Bool { row.bool(0) }
    var int4: Int32 { row.int4(0) }
    var int8: Int64 { row.int8(0) }
    var int8s: [Int64] { row.int8s(0) }
    var text: String { row.text(0) }
    var textIfPresent: String? { row.textIfPresent(0) }
    var bytea: [UInt8] { row.bytea(0) }
    var timestamp: Timestamp { row.requiredTimestamp(0) }
}

extension Row {
    var only: OnlyColumn { OnlyColumn(row: self) }
}
