package import Inventory

/// A change of one rule that somebody thinks about.
package struct RulePreviewQuestion: Sendable, Hashable {
    package let kind: StockRuleKind
    /// The rule that would be replaced or deleted; nil: it would be a new one.
    package let id: StockRuleID?
    /// As it would be; nil: it would be deleted.
    package let rule: StockRule?
    /// What the rule's scope names by sku or code; its own `sku` is ignored.
    package let item: ItemReference?
    /// Whose figures are compared.
    package private(set) var channel: Channel?
    package private(set) var method: FulfilmentMethod?
    /// Balances that are listed, 1 to `listedMax`.
    package let limit: Int

    package init(
        kind: StockRuleKind, id: StockRuleID?, rule: StockRule?, item: ItemReference?, channel: Channel?,
        method: FulfilmentMethod?, limit: Int
    ) {
        self.kind = kind
        self.id = id
        self.rule = rule
        self.item = item
        self.channel = channel
        self.method = method
        self.limit = limit
    }

    /// As whom the rule is about, where nobody else was named. A ring-fence is looked at as those see it that it is not for.
    package mutating func lookAs(_ ruleChannel: Channel?, _ ruleMethod: FulfilmentMethod?) {
        channel = channel ?? (kind == .ringFence ? nil : ruleChannel)
        method = method ?? ruleMethod
    }

    package static let listedDefault = 100
    package static let listedMax = 1_000
}

/// What a change of one rule would do to what is available, if it was committed now.
package struct RulePreview: Sendable {
    /// What is shown of a balance.
    package struct Figures: Sendable, Hashable {
        package let availableToSell: Int64
        package let band: Band
        package let isEligible: Bool

        package init(availableToSell: Int64, band: Band, isEligible: Bool) {
            self.availableToSell = availableToSell
            self.band = band
            self.isEligible = isEligible
        }
    }

    /// A balance that would be shown otherwise.
    package struct Change: Sendable, Hashable {
        package let sku: SKU
        package let location: LocationID
        package let before: Figures
        package let after: Figures

        package init(sku: SKU, location: LocationID, before: Figures, after: Figures) {
            self.sku = sku
            self.location = location
            self.before = before
            self.after = after
        }
    }

    /// Balances that were looked at; no more than `lookedAtMax`.
    package var lookedAt = 0
    /// There were no more.
    package var isComplete = true
    /// The first of those that would be shown otherwise, by item and location.
    package var changes: [Change] = []
    package var changedCount = 0
    package var itemCount = 0
    package var locationCount = 0
    /// ATS of those together.
    package var unitsBefore: Int64 = 0
    package var unitsAfter: Int64 = 0
    /// Open reservations there; they stay as they are.
    package var promiseCount: Int64 = 0
    /// The instant whose rules are compared: now, or when the rule would begin.
    package let rulesAt: Timestamp
    /// The instant that stock and promises are of.
    package let asOf: Timestamp

    package init(rulesAt: Timestamp, asOf: Timestamp) {
        self.rulesAt = rulesAt
        self.asOf = asOf
    }

    package static let lookedAtMax = 10_000
}

/// What rules would change.
package protocol RulePreviewStore: Sendable {
    /// Nothing is written, and nobody waits for it.
    func preview(_ question: RulePreviewQuestion) async throws(StoreError) -> MasterResult<RulePreview>
}
