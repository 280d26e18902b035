/// What a batch comes to: an answer for each command, and what the store writes, all of it or nothing.
package struct Decision: Sendable {
    /// One per command, in the same order.
    package var outcomes: [Outcome]
    package var changes: Changes
    /// False when something had to be known and was not in the snapshot: the rest of the decision means nothing then.
    package var isComplete: Bool
    /// Balances of which open promises have to be known, and of how many units at least, last covered first.
    package var promisesNeeded: [BalanceKey: Int64]
}

/// The answer for one command.
package enum Outcome: Sendable, Hashable {
    case facts(CommandOutcome)
    indirect case reservation(ReservationOutcome)
    indirect case transfer(TransferOutcome)

    /// Nil for requests.
    package var facts: CommandOutcome? {
        if case .facts(let outcome) = self { outcome } else { nil }
    }

    /// Nil for everything else.
    package var reservation: ReservationOutcome? {
        if case .reservation(let outcome) = self { outcome } else { nil }
    }

    /// Nil for everything else.
    package var transfer: TransferOutcome? {
        if case .transfer(let outcome) = self { outcome } else { nil }
    }
}

package struct Changes: Sendable {
    /// In the order decided: a line's index is its place in the commit.
    package var lines: [LedgerLine] = []
    /// Some lines may say who did it; otherwise none does.
    package var hasActors = false
    /// The balances after the last line, only those that changed, each once.
    package var balances: [ChangedBalance] = []
    package var events: [EventEntry] = []
    package var parked: [ParkedLine] = []
    /// Event ids of messages that lines of this batch are the first of.
    package var messages: [EventKey: Fingerprint] = [:]
    /// Lines that were parked and are applied now.
    package var unparked: Set<EventKey> = []
    /// Lines that were parked and turn out to be impossible: an exception keeps them, and their event id is free.
    package var parkedRejected: Set<EventKey> = []
    package var exceptions: [ExceptionOpening] = []
    /// Exceptions whose cause is gone, by key: how that came.
    package var settledExceptions: [String: String] = [:]
    /// Names that are known now although a parked line once missed them.
    package var noLongerMissing: Set<MissingThing> = []
    /// Counts that came as single lines; others were stored whole before their lines.
    package var counts: [CountHeader] = []
    package var countLines: [CountLineKey: CountLineChange] = [:]
    package var pendingAlarms: [PendingAlarmKey: PendingAlarm?] = [:]
    /// Reservations as they are after the batch, only those that changed.
    package var reservations: [ReservationID: Reservation] = [:]
    /// Requests that were granted under a key.
    package var requests: [RequestKeyText: KnownRequest] = [:]
    /// By how many units what ends at an instant changes.
    package var holds: [HoldKey: Int64] = [:]
    /// By how many units what was packed changed, and when.
    package var packed: [PackedKey: Int64] = [:]
    /// Balances whose expired holds were taken out of `reserved`, and until when.
    package var folded: [BalanceKey: Timestamp] = [:]
    /// Transfers as they are after the batch, only those that changed.
    package var transfers: [TransferID: Transfer] = [:]
    /// Units received of expected supplies.
    package var supplied: [SupplyID: Int64] = [:]
    /// What somebody shall count.
    package var countTasks: [BalanceKey: CountTask] = [:]

    package init() {}

    /// Ledger lines of one batch: their places in the commit order have 16 bits, and some are left for what nobody counts.
    package static let linesMax = 60_000

    package var isEmpty: Bool {
        lines.isEmpty && events.isEmpty && parked.isEmpty && unparked.isEmpty && parkedRejected.isEmpty
            && exceptions.isEmpty && reservations.isEmpty && requests.isEmpty && transfers.isEmpty
    }
}

/// A balance as a batch leaves it.
package struct ChangedBalance: Sendable, Hashable {
    package let key: BalanceKey
    package let value: Balance
    /// Units that the batch sold of it, for the rate of sale.
    package let sold: SoldUnits?
}

extension [ChangedBalance] {
    package var byKey: [BalanceKey: Balance] {
        Dictionary(uniqueKeysWithValues: lazy.map { ($0.key, $0.value) })
    }
}

/// The holds of one balance that end at one instant.
package struct HoldKey: Sendable, Hashable, Comparable {
    package let balance: BalanceKey
    package let expiresAt: Timestamp

    package init(balance: BalanceKey, expiresAt: Timestamp) {
        self.balance = balance
        self.expiresAt = expiresAt
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.balance == right.balance ? left.expiresAt < right.expiresAt : left.balance < right.balance
    }
}

/// An event id that this batch takes, or whose parked line it applies.
package struct EventEntry: Sendable, Hashable {
    package let key: EventKey
    package let fingerprint: Fingerprint
    package let verdict: Verdict
    /// The index of its first ledger line in `Changes.lines`; nil for a parked line.
    package let line: Int?
}

/// A line that waits for a mapping, whole.
package struct ParkedLine: Sendable, Hashable {
    package let key: EventKey
    /// With its code's system filled in, as it was understood when it came.
    package let fact: FactLine
    /// Of the line as it was sent.
    package let fingerprint: Fingerprint
    package let raw: ArraySlice<UInt8>
    /// Who sent it.
    package var actor: ActorNumber?
    /// What is in the label that its code was read from.
    package var label: LabelRule.Kind?
}
