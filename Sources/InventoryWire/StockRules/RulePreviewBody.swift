import Inventory
package import InventoryService
package import StrictJSON

/// A rule as it would be put, or the id of one that would be deleted.
package struct RulePreviewBody {
    package let question: RulePreviewQuestion

    package init?(from reader: inout ObjectReader) {
        var kind: StockRuleKind?
        if let text = reader.string("kind", isRequired: true) {
            kind = StockRuleKind.allCases.first { "\($0)" == text }
            if kind == nil {
                let names = StockRuleKind.allCases.map { "\($0)" }.joined(separator: ", ")
                reader.report("kind", "must be one of \(names)")
            }
        }
        let id = reader.identifier("id", StockRuleKindName.self)
        let channel = reader.identifier("channel", ChannelKind.self)
        let method: FulfilmentMethod? = reader.choice("method")
        let limit = reader.integer("limit", in: 1...Int64(RulePreviewQuestion.listedMax))
        var body: StockRuleBody?
        if var rule = reader.object("rule") {
            if let kind { body = StockRuleBody(from: &rule, kind, id ?? Self.unnamed) }
            if kind != nil { rule.refuseUnknown() }
        } else if id == nil, reader.value("rule") == nil {
            reader.report("rule", "is required, or id, which is then the rule to be deleted")
        }
        guard let kind else { return nil }
        var question = RulePreviewQuestion(
            kind: kind, id: id, rule: body?.rule, item: body?.item, channel: channel, method: method,
            limit: limit.map(Int.init) ?? RulePreviewQuestion.listedDefault)
        if let scope = body?.rule.scope { question.lookAs(scope.channel, scope.method) }
        self.question = question
    }

    /// Of a rule that nobody has named yet: no rule has it.
    private static let unnamed = StockRuleID(stored: "?")
}
