package import Inventory
import InventoryService
package import StrictJSON

/// A rule as it was sent, and the item that it names, by sku or code.
package struct StockRuleBody {
    package let rule: StockRule
    package let item: ItemReference?

    package init(rule: StockRule, item: ItemReference?) {
        self.rule = rule
        self.item = item
    }

    package init?(from reader: inout ObjectReader, _ kind: StockRuleKind, _ id: StockRuleID) {
        var percent: Int64 = 0
        if kind == .safetyStock { percent = reader.integer("percent", in: 0...StockRule.percentMax) ?? 0 }
        var quantity: Int64? = 0
        if kind != .saleRestriction {
            // A share says enough.
            let isRequired = percent == 0 && (kind != .safetyStock || reader.value("percent")?.integer ?? 0 == 0)
            quantity = reader.integer("quantity", in: 0...StockRule.quantityMax, isRequired: isRequired)
            if !isRequired, reader.value("quantity") == nil { quantity = 0 }
        }
        var priority: Int64 = 0
        if kind == .ringFence { priority = reader.integer("priority", in: 0...StockRule.priorityMax) ?? 0 }
        let validity = RuleValidity(from: reader.timestamp("validFrom"), to: reader.timestamp("validTo"))
        if validity == nil {
            reader.report("validTo", "must be later than validFrom; from then on the rule does not apply")
        }
        guard var scope = reader.object("scope", isRequired: true) else { return nil }
        let namesItem = scope.value("sku") != nil || scope.value("code") != nil || scope.value("codeSystem") != nil
        item = namesItem ? scope.itemReference() : nil
        let found = StockRuleScope(
            location: scope.identifier("location"), group: scope.identifier("group"),
            channel: scope.identifier("channel"), method: scope.choice("method"))
        if found.location != nil, found.group != nil {
            scope.report("group", "and location are both given; send one of them")
        }
        if kind == .saleRestriction, !namesItem, found == StockRuleScope() {
            reader.report("scope", "must name something: a restriction of everything everywhere stops all sales")
        }
        scope.refuseUnknown()
        guard let quantity, let validity else { return nil }
        rule = StockRule(
            kind: kind, id: id, scope: found, quantity: quantity, percent: percent, priority: priority,
            validity: validity)
    }
}
