/// One ledger line to be.
struct LedgerEntry {
    var kind: FactKind
    var posting: Posting?
    var occurredAt: Timestamp
    var source: SourceNumber
    var count: CountID?
    /// What it does to promises beside.
    var promise: PromiseEntry?
}

/// What a ledger line does to promises.
struct PromiseEntry {
    var id: AllocationID?
    /// What is added to `reserved`.
    var reservedDelta: Int64
    /// The end of the holds that it makes or takes away.
    var expiresAt: Timestamp?
    /// By how many units what ends then changes.
    var heldDelta: Int64 = 0
}

/// What the ledger lines of one fact or of one step of a request have in common.
struct LineHeader {
    var event: EventID
    var recordedAt: Timestamp
    var claimedAt: Timestamp?
    var reference: Reference?
    var reason: Reason?
    var attributes: String?
}

/// What a ledger line belongs to besides its balance.
struct LineOrigin {
    var transfer: TransferID?
    var kit: ItemNumber?
    /// Who does what is being written.
    var actor: ActorNumber?
}
