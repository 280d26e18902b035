import LibPQ

/// The columns of one kind of row, each said once: its name, its place, its expressions. An enum with the places 0, 1, 2 …
/// as raw values, so that a column without a definition does not compile, and a column's place is never counted by hand.
protocol ColumnTable: CaseIterable, RawRepresentable where RawValue == Int32, AllCases == [Self] {}

extension ColumnTable {
    /// How many there are: the place of what a list selects behind them.
    static var count: Int32 { Int32(allCases.count) }

    /// A select list of all columns, for tables whose expressions differ from list to list.
    static func selectList(_ expression: (Self) -> String) -> String {
        allCases.map(expression).joined(separator: ", ")
    }

    /// The column's number in `group by` and `order by`, from 1.
    var ordinal: Int32 { rawValue + 1 }
}

extension Collection where Element: ColumnTable {
    /// Numbers for `group by` and `order by`.
    var ordinalList: String { map { "\($0.ordinal)" }.joined(separator: ", ") }
}

/// A column whose expression is the same in every list.
protocol SelectedColumn: ColumnTable {
    /// What a list selects for the column.
    var selected: String { get }
}

extension SelectedColumn {
    /// The select list of all columns, which `ColumnReader` reads.
    static var selectList: String { allCases.selectList }
}

extension Collection where Element: SelectedColumn {
    var selectList: String { map(\.selected).joined(separator: ", ") }
}

/// A column that rows are written to: from one array a column, or from one value where rows come singly.
protocol WrittenColumn: ColumnTable {
    var name: String { get }
    /// The type of its parameter.
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

    /// What `update` sets, in a statement with one parameter a column of the table.
    var parameterUpdateList: String { map { "\($0.name) = $\($0.ordinal)" }.joined(separator: ", ") }

    /// What `on conflict … do update` sets: each column to what was to be inserted.
    var updateList: String { map { "\($0.name) = excluded.\($0.name)" }.joined(separator: ", ") }
}
