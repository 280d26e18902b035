package import Inventory
import InventoryService
package import StrictJSON

/// A rule as it was sent, and the item that it names, by sku or code.
package struct StockRuleBody {
    package let rule: StockRule
    package let item: ItemReference?

    init(rule: StockRule, item: ItemReference?) {
        self.rule = rule
        self.item = item
    }

    package init?(from reader: inout ObjectReader, _ kind: StockRuleKind, _ id: StockRuleID) {
        let quantity = reader.integer("quantity", in: 0...StockRule.quantityMax, isRequired: true)
        var priority: Int64 = 0
        if kind == .ringFence { priority = reader.integer("priority", in: 0...StockRule.priorityMax) ?? 0 }
        guard var scope = reader.object("scope", isRequired: true) else { return nil }
        let namesItem = scope.value("sku") != nil || scope.value("code") != nil || scope.value("codeSystem") != nil
        item = namesItem ? scope.itemReference() : nil
        let found = StockRuleScope(
            location: scope.identifier("location"), group: scope.identifier("group"),
            channel: scope.identifier("channel"))
        if found.location != nil, found.group != nil {
            scope.report("group", "and location are both given; send one of them")
        }
        scope.refuseUnknown()
        guard let quantity else { return nil }
        rule = StockRule(kind: kind, id: id, scope: found, quantity: quantity, priority: priority)
    }
}
