import Inventory
import LibPQ

/// The columns of an item that clients set.
enum ItemColumn: Int32, SelectedColumn, WrittenColumn {
    case sku, name, unit, status

    var name: String {
        switch self {
        case .sku: "sku"
        case .name: "name"
        case .unit: "unit"
        case .status: "status"
        }
    }
    var type: PQType { .textArray }
    var selected: String { "i.\(name)" }

    static func write(_ items: [Item], to writer: inout ParameterWriter) {
        for column in allCases {
            switch column {
            case .sku: writer.texts(items) { $0.sku.text }
            case .name: writer.texts(items) { $0.name }
            case .unit: writer.texts(items) { $0.unit.rawValue }
            case .status: writer.texts(items) { $0.status.rawValue }
            }
        }
    }
}

/// How families and attributes of many items are sent: a family each, and the attributes' names and values in turn as one
/// text, parted by a sign that none of them may hold.
enum ItemDescription {
    private static let separator = "\u{1F}"

    static func write(_ items: [Item], to writer: inout ParameterWriter) {
        writer.texts(items) { $0.family?.text }
        writer.texts(items) { item in
            item.attributes.isEmpty
                ? nil : item.attributes.flatMap { [$0.name, $0.value] }.joined(separator: separator)
        }
    }

    /// NULL where none are named.
    static func attributes(of row: String) -> String { "string_to_array(\(row).attributes, E'\\x1F')" }

    /// Of a row with what is named, and the item.
    static func differs(new: String, old: String) -> String {
        """
        \(new).family is distinct from \(old).family and \(new).family is not null
        or \(attributes(of: new)) is distinct from \(old).attributes and \(new).attributes is not null
        """
    }
}
