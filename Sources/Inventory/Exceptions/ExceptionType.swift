/// The kinds of things a person must decide. Raw values are stored and shown.
package enum ExceptionType: String, Sendable, Hashable, CaseIterable {
    case unknownSku, unknownCode, wrongCheckDigit, unknownLocation, unknownLocationCode, rejectedLine, clockSkew
    case countVariance, negativeBalance, uncoveredSale
    /// Nobody fetched the goods in time.
    case latePickup
    /// More came back of a reservation than it handed over.
    case excessReturn
    /// Units of a transfer came of which nobody said that they left.
    case transferUnshipped
    /// Less, or more, came of a transfer than left for it.
    case transferShortage, transferOverage
    /// Units of a transfer came where they were not sent.
    case transferElsewhere
    /// A location was not heard for longer than its limit.
    case silentLocation
    /// Many locations are silent at one time.
    case outage
    /// A location was stopped while promises were open there.
    case stoppedLocation
    /// Another system's figure as of an instant is not ours, and nothing on its way explains it.
    case reconciliationVariance
    /// Nothing is sent to a webhook any more until somebody resumes it.
    case webhookPaused
}

/// What is looked at first. Raw values are stored.
package enum ExceptionPriority: Int16, Sendable, Hashable, CaseIterable {
    case high = 1
    case normal = 2
    case low = 3

    package var name: String {
        switch self {
        case .high: "high"
        case .normal: "normal"
        case .low: "low"
        }
    }

    package init?(name: String) {
        guard let priority = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = priority
    }
}

/// How a person can settle an exception. Raw values are stored and shown.
package enum ExceptionAction: String, Sendable, Hashable, CaseIterable {
    /// The code stands for a known item; the lines that wait are applied.
    case mapCode
    /// The location's code stands for a known location; the lines that wait are applied.
    case mapLocation
    /// What is unknown is created under the name given; the lines that wait are applied.
    case acceptAsNew
    /// A rejected line is sent again as it was meant; a balance is adjusted.
    case correct
    /// Somebody shall count.
    case recount
    /// Nothing has to be done, for a reason given.
    case dismiss
}

extension ExceptionType {
    /// In the order in which a person should consider them.
    package var actions: [ExceptionAction] {
        switch self {
        case .unknownSku, .unknownLocation: [.acceptAsNew, .dismiss]
        case .unknownCode, .wrongCheckDigit: [.mapCode, .acceptAsNew, .dismiss]
        case .unknownLocationCode: [.mapLocation, .dismiss]
        case .rejectedLine: [.correct, .dismiss]
        case .clockSkew, .latePickup, .excessReturn, .transferUnshipped, .transferShortage, .transferOverage,
            .transferElsewhere, .silentLocation, .outage, .stoppedLocation, .webhookPaused:
            [.dismiss]
        case .uncoveredSale: [.recount, .dismiss]
        case .countVariance, .negativeBalance, .reconciliationVariance: [.recount, .correct, .dismiss]
        }
    }

    /// Of an exception that says nothing else: sales of unknown goods make a figure wrong, a fast clock hardly does.
    package var priority: ExceptionPriority {
        switch self {
        case .unknownSku, .unknownCode, .wrongCheckDigit, .unknownLocation, .unknownLocationCode, .rejectedLine,
            .countVariance, .latePickup, .reconciliationVariance:
            .normal
        case .negativeBalance, .uncoveredSale, .silentLocation, .outage, .stoppedLocation, .webhookPaused: .high
        case .excessReturn, .transferShortage, .transferOverage: .normal
        case .clockSkew, .transferUnshipped, .transferElsewhere: .low
        }
    }
}
