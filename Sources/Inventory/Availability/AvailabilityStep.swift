/// One term of the sum that makes ATS.
package struct AvailabilityStep: Sendable, Hashable {
    /// As the API names them, in their order.
    package enum Name: String, Sendable, Hashable, CaseIterable {
        /// Sellable units that are there.
        case onHand
        /// What open reservations promise.
        case reserved
        /// What whoever asks holds himself.
        case ownHolds
        case safetyStock
        /// For what a silent store may have sold since it was heard.
        case lagBuffer
        /// What fences keep for others.
        case ringFences
        /// What the channel's own fence gives it back.
        case channelFence
        /// What is missing of the terms so far is not taken from anywhere else.
        case clamp
        /// Nothing is promised where or when it may not be.
        case eligibility
        /// The sum of all before.
        case availableToSell
    }

    package let name: Name
    package let units: Int64

    package init(name: Name, units: Int64) {
        self.name = name
        self.units = units
    }
}

extension AvailabilityTerms {
    /// The whole sum: all steps but the last add up to the last.
    package var steps: [AvailabilityStep] {
        let fenced = holdBack.fenced
        let unfenced = max(0, free - fenced.forOthers)
        let ofChannel = max(0, min(fenced.forChannel ?? 0, free - fenced.above) - unfenced)
        let sum = onHand - reserved + ownHeld - holdBack.safetyStock - holdBack.lagBuffer - fenced.forOthers
        let units: [AvailabilityStep.Name: Int64] = [
            .onHand: onHand, .reserved: -reserved, .ownHolds: ownHeld, .safetyStock: -holdBack.safetyStock,
            .lagBuffer: -holdBack.lagBuffer,
            .ringFences: -fenced.forOthers, .channelFence: ofChannel, .clamp: unfenced - sum,
            .eligibility: availableToSell - unfenced - ofChannel, .availableToSell: availableToSell,
        ]
        return AvailabilityStep.Name.allCases.map { AvailabilityStep(name: $0, units: units[$0] ?? 0) }
    }
}
