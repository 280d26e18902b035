/// What left for a transfer, and what came. Facts: in any order, from anywhere, never refused for want of stock.
///
/// Shipped units are in transit at the destination until they are received. A receipt that is heard before its ship takes
/// units off that are not there yet, which the ship puts right. Once the transfer is closed nothing is in transit on its
/// account: whatever still moves goes to variance at once. So the balances come out the same whatever is heard first.
extension BatchDecision {
    /// The transfer as the batch has left it so far.
    func transfer(_ id: TransferID) -> Transfer? { changes.transfers[id] ?? snapshot.transfers[id] }

    mutating func keep(_ transfer: Transfer) {
        var transfer = transfer
        // One change of the stored row a batch, whatever it was made of.
        transfer.version = (snapshot.transfers[transfer.id]?.version ?? 0) + 1
        changes.transfers[transfer.id] = transfer
    }

    mutating func applyTransfer(_ reported: ReportedFact) -> LineOutcome {
        var fact = reported.fact
        guard let step = fact.change.step, let before = transfer(step.transfer),
            let index = before.lines.firstIndex(where: { $0.id == step.line })
        else {
            return reject(
                reported, name: nil,
                LineProblem(.malformedLine, "the transfer has no such line", pointer: "/id"))
        }
        guard step.parts.allSatisfy({ step.quantity.units * $0.quantity <= Quantity.maxUnits }) else {
            return reject(
                reported, name: nil,
                LineProblem(
                    .quantityOverflow, "is more than \(Quantity.maxUnits) units with what a kit stands for",
                    pointer: "/quantity"))
        }
        // Where a code was told, it is from here on the location that it means.
        let place = snapshot.place(of: fact, step, by: reported.source)
        if let place { fact.place = .id(place) }
        ledger.origin.transfer = before.id
        defer { ledger.origin.transfer = nil }
        let stamp = stamp(reported)
        var parts: [FactPart] = []
        var kept: Reservation?
        for posting in step.postings(of: reported.fact, at: place, by: reported.source) {
            guard case .known(let name) = resolve(posting.name) else {
                return reject(
                    reported, name: nil,
                    LineProblem(
                        .notForKits, "a part of the transfer has become a kit, which has no stock of its own",
                        pointer: "/id"))
            }
            let entry = LedgerEntry(
                kind: fact.change.kind, posting: posting.posting, occurredAt: stamp.occurredAt, source: reported.source)
            var entries = [entry]
            if posting.isTaken { takeReserved(entry, name, line: index, before, &kept, &entries) }
            if posting.isInTransit, before.closedAt != nil {
                // Nothing is awaited any more.
                entries.append(settling(-posting.posting.units, at: stamp.occurredAt))
            }
            parts.append(FactPart(name: name, content: .entries(entries)))
        }
        // What was reserved is kept as it will be, once nothing stands in the way: who is at risk is asked while it is written.
        if obstacle(to: parts, of: fact) == nil, let kept { promises.keep(kept) }
        var outcome = applyTogether(reported, parts)
        guard outcome.verdict != .rejected else { return outcome }
        if before.closedAt != nil { outcome.warnings.append("the transfer is closed; its units go to variance") }
        if before.state == .cancelled {
            outcome.warnings.append("the transfer was cancelled; its units have moved all the same")
        }
        var after = before
        after.note(fact, step, line: index, at: stamp.occurredAt)
        if let warning = after.lines[index].excess(of: fact.change.kind) { outcome.warnings.append(warning) }
        flag(after, line: index, before, source: reported.source)
        if case .receive = fact.change, fact.place != .id(step.to) {
            flagElsewhere(after, fact, source: reported.source)
        }
        keep(after)
        return outcome
    }

    /// What leaves for a transfer leaves first of what was kept for it.
    private mutating func takeReserved(
        _ entry: LedgerEntry, _ name: KnownName, line: Int, _ transfer: Transfer, _ kept: inout Reservation?,
        _ entries: inout [LedgerEntry]
    ) {
        guard let id = transfer.reservation, var reservation = kept ?? promises.reservation(id),
            let posting = entry.posting,
            let index = reservation.allocations.firstIndex(where: { $0.line == line && $0.key == name.key })
        else { return }
        let units = -posting.units
        let taken = min(units, reservation.allocations[index].open)
        guard taken > 0 else { return }
        reservation.allocations[index].fulfilledByRequest += taken
        reservation.allocations[index].endIfDone(at: now)
        kept = reservation
        var first = entry
        first.posting = Posting(bucket: posting.bucket, counterAccount: posting.counterAccount, units: -taken)
        first.promise = PromiseEntry(
            id: AllocationID(reservation: id, number: reservation.allocations[index].number), reservedDelta: -taken)
        entries = [first]
        guard taken < units else { return }
        var rest = entry
        rest.posting = Posting(bucket: posting.bucket, counterAccount: posting.counterAccount, units: taken - units)
        entries.append(rest)
    }

    /// Puts units in transit to variance.
    func settling(_ units: Int64, at instant: Timestamp) -> LedgerEntry {
        LedgerEntry(
            kind: .transferClose,
            posting: Posting(bucket: .inTransit, counterAccount: .outside(.variance), units: units),
            occurredAt: instant, source: .holdfast)
    }
}

extension Snapshot {
    /// Where a transfer's units were shipped or came, whatever the fact names it by; nil where that is not known.
    func place(of fact: FactLine, _ step: TransferStep, by source: SourceNumber) -> LocationID? {
        if let id = fact.place.id { return id }
        guard let part = step.parts.first else { return nil }
        let told = Name(item: .sku(part.sku), location: step.to).at(fact.place, source: source)
        return if case .known(let name)? = names[told] { name.location } else { nil }
    }
}

extension TransferStep {
    /// One side of what the step does to one of its parts.
    struct SidePosting {
        let name: Name
        let posting: Posting
        /// Leaves where it may have been kept for the transfer.
        let isTaken: Bool
        /// In transit at the destination.
        let isInTransit: Bool
    }

    /// What the fact does, balance by balance, each with its other side.
    /// - Parameters:
    ///   - place: where it was, which the fact may name by a code.
    ///   - source: who told it.
    func postings(of fact: FactLine, at place: LocationID?, by source: SourceNumber) -> [SidePosting] {
        parts.flatMap { part -> [SidePosting] in
            let units = quantity.units * part.quantity
            func side(
                _ place: LocationReference, _ bucket: Bucket, _ account: CounterAccount, _ units: Int64,
                isTaken: Bool = false, isInTransit: Bool = false
            ) -> SidePosting {
                SidePosting(
                    name: Name(item: .sku(part.sku), location: to).at(place, source: source),
                    posting: Posting(bucket: bucket, counterAccount: account, units: units), isTaken: isTaken,
                    isInTransit: isInTransit)
            }
            guard case .receive(_, let bucket) = fact.change else {
                guard let from else {
                    return [side(.id(to), .inTransit, .outside(.supplier), units, isInTransit: true)]
                }
                return [
                    side(.id(from), .onHand, .outside(.transfer), -units, isTaken: true),
                    side(.id(to), .inTransit, .outside(.transfer), units, isInTransit: true),
                ]
            }
            guard let place, place != to else {
                return [side(.id(to), .inTransit, .sibling(bucket), -units, isInTransit: true)]
            }
            return [
                side(fact.place, bucket, .outside(.transfer), units),
                side(.id(to), .inTransit, .outside(.transfer), -units, isInTransit: true),
            ]
        }
    }
}

extension TransferLine {
    /// More was shipped, or received, than was asked for: likely typed wrongly, and never refused.
    fileprivate func excess(of kind: FactKind) -> String? {
        let (units, verb) = kind == .receive ? (received, "received") : (shipped, "shipped")
        guard units > quantity else { return nil }
        return
            "\(units) of '\(sku)' were \(verb) in all, where \(quantity) were asked for; check the figure, and correct it if "
            + "it was mistyped"
    }
}

extension Transfer {
    fileprivate mutating func note(_ fact: FactLine, _ step: TransferStep, line: Int, at instant: Timestamp) {
        let units = step.quantity.units
        if case .receive(_, let bucket) = fact.change {
            lines[line].received += units
            if bucket != .onHand { lines[line].receivedUnsellable += units }
            if fact.place != .id(to) { lines[line].receivedElsewhere += units }
            receivedAt = max(receivedAt ?? instant, instant)
        } else {
            lines[line].shipped += units
            shippedAt = max(shippedAt ?? instant, instant)
            if let expected = step.expectedAt {
                expectedAt = expected
                firstExpectedAt = firstExpectedAt ?? expected
            }
        }
        if closedAt != nil { lines[line].settled = lines[line].shipped - lines[line].received }
    }
}
