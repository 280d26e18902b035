/// When units of promises were packed, and until when they waited. Counts that leave out what is packed add it by these
/// instants, so that it is no matter whether the handover or the count is told first.
extension BatchDecision {
    /// Units of an allocation were packed from an instant on; negative: no longer.
    mutating func pack(
        _ units: Int64, of allocation: Allocation, in reservation: Reservation, at instant: Timestamp
    ) {
        var open = ledger.open(allocation.key)
        var header = LineHeader(
            event: EventID(stored: reservation.id.description),
            recordedAt: ledger.clock.instant(ofBatchPosition: batchPosition))
        header.reference = reservation.reference
        ledger.pack(units, at: instant, header, to: &open)
    }

    /// Units that were packed, if they were, wait no longer. Whatever a clock says, none leaves before it was packed.
    mutating func unpack(
        _ units: Int64, of allocation: Allocation, in reservation: Reservation, at instant: Timestamp
    ) {
        guard allocation.state == .ready else { return }
        pack(-units, of: allocation, in: reservation, at: max(instant, allocation.readyAt ?? instant))
    }
}
