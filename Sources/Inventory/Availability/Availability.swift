/// What a storefront may show without leaking quantities.
package enum Band: String, Sendable, Hashable, CaseIterable {
    case inStock, low, out

    /// - Parameter threshold: `low` from 1 up to and including it.
    package init(availableToSell: Int64, threshold: Int64) {
        self = availableToSell < 1 ? .out : availableToSell <= threshold ? .low : .inStock
    }
}

/// Everything that decides what a new promise may take at one location: the contract's section 5.
///
/// The SQL functions `available_to_sell` and `available_to_sell_fenced` say the same for what is computed in the
/// database; a test holds the two together.
package struct AvailabilityTerms: Sendable, Hashable {
    package var onHand: Int64
    package var reserved: Int64
    /// Of `reserved`, what whoever asks holds himself: it does not stand in his way.
    package var ownHeld: Int64
    package var holdBack: HoldBack
    package var itemStatus: ItemStatus
    /// The location is active, live, in the asked group and able to do what was asked.
    package var isEligible: Bool

    package init(
        onHand: Int64, reserved: Int64, ownHeld: Int64 = 0, holdBack: HoldBack = HoldBack(),
        itemStatus: ItemStatus = .active, isEligible: Bool = true
    ) {
        self.onHand = onHand
        self.reserved = reserved
        self.ownHeld = ownHeld
        self.holdBack = holdBack
        self.itemStatus = itemStatus
        self.isEligible = isEligible
    }

    /// What is neither promised nor held back for safety.
    package var free: Int64 { max(0, onHand - reserved + ownHeld - holdBack.safetyStock - holdBack.lagBuffer) }

    /// ATS: never negative, so that one store's missing units never eat another's stock. Where units are scarce, those of
    /// the fence with the higher priority come first.
    package var availableToSell: Int64 {
        guard isEligible, itemStatus != .stopSale else { return 0 }
        let fenced = holdBack.fenced
        return max(0, free - fenced.forOthers, min(fenced.forChannel ?? 0, free - fenced.above))
    }

    /// Promises without cover.
    package var shortfall: Int64 { max(0, reserved - max(0, onHand)) }

    package var band: Band { Band(availableToSell: availableToSell, threshold: holdBack.threshold) }
}
