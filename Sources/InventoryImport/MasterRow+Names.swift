import Inventory
import InventoryService
import InventoryWire
import StrictJSON

extension MasterRow {
    /// Of a rule that names its item so.
    var codeOfRule: ItemReference? {
        guard case .thing(.stockRule(_, let item?), _, _) = reading, case .code = item else { return nil }
        return item
    }

    /// A rule about the item that its code means, so that it is one with what names the item otherwise.
    /// - Parameter skus: by the codes that mean them.
    func knowing(_ skus: [ItemReference: SKU]) -> MasterRow {
        guard case .thing(.stockRule(let rule, let item?), _, _) = reading, let sku = skus[item] else { return self }
        let body = StockRuleBody(rule: rule, item: item).about(sku)
        return saying(.stockRule(body.rule, about: body.item), key: body.rule.id.text)
    }
}

extension MappedRecord {
    /// The fields that it says something of: those with a value, and a list that its file has a column for.
    var named: Set<String> {
        if let json {
            var names = Set((json.members ?? []).compactMap { $0.name.string })
            if names.contains("locations") { names.insert("location") }
            return names
        }
        var names = Set(values.filter { !$0.value.isEmpty }.keys)
        if values["location"] != nil || values["locationCode"] != nil { names.insert("location") }
        return names
    }
}

extension ImportRecord.Content {
    /// What its row does not name stays as it is.
    var keepsUnnamed: Bool {
        switch self {
        case .location, .locationGroup, .source: true
        default: false
        }
    }
}
