import Inventory
import LibPQ

/// The columns of one kind of row, each said once: its name, its place, its expressions. An enum with the places 0, 1, 2 …
/// as raw values, so that a column without a definition does not compile, and a column's place is never counted by hand.
protocol ColumnTable: CaseIterable, RawRepresentable where RawValue == Int32, AllCases == [Self] {
    /// What a list selects for the column.
    var selected: String { get }
}

extension ColumnTable {
    static var count: Int32 { Int32(allCases.count) }

    /// The select list of all columns, which `ColumnReader` reads.
    static var selectList: String { allCases.map(\.selected).joined(separator: ", ") }
}

/// A column that rows are written to as well, from one array a column.
protocol WrittenColumn: ColumnTable {
    var name: String { get }
    /// The type of the array.
    var type: PQType { get }
}

extension [PQType] {
    init(of columns: [some WrittenColumn]) { self = columns.map(\.type) }
}

extension Collection where Element: WrittenColumn {
    /// The names, as `insert` and an array's alias list them.
    var nameList: String { map(\.name).joined(separator: ", ") }

    /// `$first, …`, one parameter a column.
    func parameterList(from first: Int) -> String {
        (first..<first + count).map { "$\($0)" }.joined(separator: ", ")
    }
}

/// Reads a row's columns by their names in the table.
struct ColumnReader<Column: ColumnTable> {
    private let row: Row
    private let first: Int32

    /// - Parameter first: the place of the table's first column in the row.
    init(_ row: Row, from first: Int32 = 0) {
        self.row = row
        self.first = first
    }

    private func place(_ column: Column) -> Int32 { first + column.rawValue }

    func isNull(_ column: Column) -> Bool { row.isNull(place(column)) }
    func bool(_ column: Column) -> Bool { row.bool(place(column)) }
    func int2(_ column: Column) -> Int16 { row.int2(place(column)) }
    func int2IfPresent(_ column: Column) -> Int16? { row.int2IfPresent(place(column)) }
    func int4(_ column: Column) -> Int32 { row.int4(place(column)) }
    func int4IfPresent(_ column: Column) -> Int32? { row.int4IfPresent(place(column)) }
    func int8(_ column: Column) -> Int64 { row.int8(place(column)) }
    func int8IfPresent(_ column: Column) -> Int64? { row.int8IfPresent(place(column)) }
    func text(_ column: Column) -> String { row.text(place(column)) }
    func textIfPresent(_ column: Column) -> String? { row.textIfPresent(place(column)) }
    func bytea(_ column: Column) -> [UInt8] { row.bytea(place(column)) }
    func byteaIfPresent(_ column: Column) -> [UInt8]? { row.byteaIfPresent(place(column)) }
    func timestamp(_ column: Column) -> Timestamp? { row.timestamp(place(column)) }
    func requiredTimestamp(_ column: Column) -> Timestamp { row.requiredTimestamp(place(column)) }
}
