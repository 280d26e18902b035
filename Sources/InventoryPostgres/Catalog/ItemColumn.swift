import Inventory
import InventoryService
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

    /// NULL for what a list does not say.
    static func write(_ items: [ListedItem], to writer: inout ParameterWriter) {
        for column in allCases {
            switch column {
            case .sku: writer.texts(items) { $0.item.sku.text }
            case .name: writer.texts(items) { $0.item.name }
            case .unit: writer.texts(items) { $0.namesUnit ? $0.item.unit.rawValue : nil }
            case .status: writer.texts(items) { $0.namesStatus ? $0.item.status.rawValue : nil }
            }
        }
    }

    /// Of row `new`, as written; and what is not said as it is in `old`, an item.
    func written(over old: String) -> String {
        switch self {
        case .sku, .name: "new.\(name)"
        case .unit, .status: "coalesce(new.\(name), \(old).\(name))"
        }
    }

    /// The same of a new item.
    var writtenFirst: String {
        switch self {
        case .sku, .name: "new.\(name)"
        case .unit: "coalesce(new.\(name), '\(Item.Unit.each.rawValue)')"
        case .status: "coalesce(new.\(name), '\(ItemStatus.active.rawValue)')"
        }
    }

    /// What an item says beside its sku: whether `new` says otherwise than `i`.
    static let differs: String = {
        let said = allCases.filter { $0 != .sku }
        return """
            (\(said.map { "i.\($0.name)" }.joined(separator: ", "))) is distinct from
            (\(said.map { $0.written(over: "i") }.joined(separator: ", ")))
            """
    }()
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
