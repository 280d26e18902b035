/// A ring-fence where it stands, with what is promised to its channel there already.
package struct RingFence: Sendable, Hashable {
    /// Nil: kept from all.
    package let channel: Channel?
    package let quantity: Int64
    package let priority: Int64
    /// Units of open reservations of the channel at the balance.
    package var reserved: Int64

    package init(channel: Channel?, quantity: Int64, priority: Int64, reserved: Int64) {
        self.channel = channel
        self.quantity = quantity
        self.priority = priority
        self.reserved = reserved
    }

    /// What is still kept: promises of the channel use its fence up.
    package var rest: Int64 { channel == nil ? quantity : max(0, quantity - reserved) }
}

/// What fences do to what one channel may take.
package struct FencedUnits: Sendable, Hashable {
    /// Kept for other channels, or from all.
    package var forOthers: Int64 = 0
    /// What is left of the channel's own fence; nil without one.
    package var forChannel: Int64?
    /// Of `forOthers`, what fences of a higher priority than the channel's own keep.
    package var above: Int64 = 0

    package init(forOthers: Int64 = 0, forChannel: Int64? = nil, above: Int64 = 0) {
        self.forOthers = forOthers
        self.forChannel = forChannel
        self.above = above
    }

    package init(_ fences: some Sequence<RingFence>, for channel: Channel?) {
        let own = channel.flatMap { channel in fences.first { $0.channel == channel } }
        forChannel = own?.rest
        for fence in fences where fence.channel == nil || fence.channel != channel {
            forOthers += fence.rest
            if let own, fence.priority > own.priority { above += fence.rest }
        }
    }
}

/// What is held back at one balance, and from where on it is low.
package struct HoldBack: Sendable, Hashable {
    /// By the rule that applies.
    package var safetyStock: Int64
    /// For what the location, which is silent, may have sold since it was heard.
    package var lagBuffer: Int64
    package var threshold: Int64
    package var fenced: FencedUnits

    package init(
        safetyStock: Int64 = 0, lagBuffer: Int64 = 0, threshold: Int64 = 0, fenced: FencedUnits = FencedUnits()
    ) {
        self.safetyStock = safetyStock
        self.lagBuffer = lagBuffer
        self.threshold = threshold
        self.fenced = fenced
    }
}

/// What is held back of an item wherever it is, by rules that name nothing else; nil where there is none.
package struct ItemHoldBack: Sendable, Hashable {
    package var safetyStock: Int64?
    package var threshold: Int64?

    package init(safetyStock: Int64? = nil, threshold: Int64? = nil) {
        self.safetyStock = safetyStock
        self.threshold = threshold
    }
}

/// The rules of one balance, and what is promised to each fenced channel there: enough to say what is held back from any
/// channel.
package struct HoldBackRules: Sendable, Hashable {
    /// All that cover the balance and are in force.
    package var rules: [StockRule]
    /// Units of open reservations there.
    package var reserved: [Channel: Int64]
    /// Units held back from all channels while the location is silent.
    package var lagBuffer: Int64

    package init(rules: [StockRule] = [], reserved: [Channel: Int64] = [:], lagBuffer: Int64 = 0) {
        self.rules = rules
        self.reserved = reserved
        self.lagBuffer = lagBuffer
    }

    package func fences(by method: FulfilmentMethod?) -> [RingFence] {
        rules.fences(by: method).map { rule in
            RingFence(
                channel: rule.scope.channel, quantity: rule.quantity, priority: rule.priority,
                reserved: rule.scope.channel.map { reserved[$0] ?? 0 } ?? 0)
        }
    }

    /// - Parameter onHand: units there, of which shares are held back.
    package func holdBack(from channel: Channel?, by method: FulfilmentMethod?, onHand: Int64) -> HoldBack {
        HoldBack(
            safetyStock: rules.applying(.safetyStock, to: channel, by: method, onHand: onHand)?.units(of: onHand) ?? 0,
            lagBuffer: lagBuffer,
            threshold: rules.applying(.threshold, to: channel, by: method, onHand: onHand)?.quantity ?? 0,
            fenced: FencedUnits(fences(by: method), for: channel))
    }
}
