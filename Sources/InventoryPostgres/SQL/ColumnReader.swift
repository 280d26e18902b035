import Inventory
import LibPQ

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
    func int2s(_ column: Column) -> [Int16] { row.int2s(place(column)) }
    func int4(_ column: Column) -> Int32 { row.int4(place(column)) }
    func int4IfPresent(_ column: Column) -> Int32? { row.int4IfPresent(place(column)) }
    func int4s(_ column: Column) -> [Int32] { row.int4s(place(column)) }
    func int8(_ column: Column) -> Int64 { row.int8(place(column)) }
    func int8IfPresent(_ column: Column) -> Int64? { row.int8IfPresent(place(column)) }
    func int8s(_ column: Column) -> [Int64] { row.int8s(place(column)) }
    func float8(_ column: Column) -> Double { row.float8(place(column)) }
    func float8IfPresent(_ column: Column) -> Double? { row.float8IfPresent(place(column)) }
    func text(_ column: Column) -> String { row.text(place(column)) }
    func textIfPresent(_ column: Column) -> String? { row.textIfPresent(place(column)) }
    func texts(_ column: Column) -> [String] { row.texts(place(column)) }
    func bytea(_ column: Column) -> [UInt8] { row.bytea(place(column)) }
    func byteaIfPresent(_ column: Column) -> [UInt8]? { row.byteaIfPresent(place(column)) }
    func timestamp(_ column: Column) -> Timestamp? { row.timestamp(place(column)) }
    func requiredTimestamp(_ column: Column) -> Timestamp { row.requiredTimestamp(place(column)) }
    func timestamps(_ column: Column) -> [Timestamp] {
        row.timestamptzs(place(column)).map(Timestamp.init(microseconds:))
    }
}

/// Values of several columns.
extension ColumnReader {
    func balanceKey(_ item: Column, _ location: Column) -> BalanceKey {
        BalanceKey(item: ItemNumber(int8(item)), location: LocationNumber(int4(location)))
    }

    /// Nil where either is NULL.
    func coordinates(_ latitude: Column, _ longitude: Column) -> Coordinates? {
        guard let latitude = float8IfPresent(latitude), let longitude = float8IfPresent(longitude) else { return nil }
        return Coordinates(latitude: latitude, longitude: longitude)
    }

    /// Nil where either is NULL.
    func money(_ amount: Column, _ currency: Column) -> Money? {
        guard let amount = int8IfPresent(amount), let currency = textIfPresent(currency) else { return nil }
        return Money(amount: amount, currency: currency)
    }

    /// Of a balance; nil when nothing was sold.
    func soldUnits(_ units: Column, _ at: Column, _ since: Column) -> SoldUnits? {
        guard let units = float8IfPresent(units), let at = timestamp(at), let since = timestamp(since) else {
            return nil
        }
        return SoldUnits(units: units, asOf: at, since: since)
    }
}
