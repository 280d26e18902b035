/// A line as it came in, whatever it is worth.
package struct SubmittedLine: Sendable {
    package enum Content: Sendable {
        case fact(FactLine, Fingerprint)
        /// Cannot be meant: the reader says why. `eventID` is whatever text stood there.
        indirect case malformed(LineProblem, eventID: String?)
        /// Was parked, and turns out not to be meant now that its names are known.
        indirect case impossible(FactLine, Fingerprint, LineProblem)
    }

    package var content: Content
    package var warnings: [String]
    /// The line's JSON as sent, kept whole for whoever has to repair it.
    package var raw: ArraySlice<UInt8>
    /// When it came, if that was before this batch: a parked line's clock is judged by its arrival.
    package var arrivedAt: Timestamp?
    /// What is in the label that its code was read from, of an article that is not known yet.
    package var label: LabelRule.Kind?
    /// Of a file's record that has no event id of its own.
    package var record: FileRecordIdentity?
    /// Of one that cannot be meant.
    package var names: LineNames?

    package init(
        _ content: Content, warnings: [String] = [], raw: ArraySlice<UInt8>, arrivedAt: Timestamp? = nil
    ) {
        self.content = content
        self.warnings = warnings
        self.raw = raw
        self.arrivedAt = arrivedAt
    }
}

/// Lines of one source that are judged one by one in the order sent, or all or none when atomic.
package struct FactCommand: Sendable {
    package enum Origin: Sendable {
        case client
        /// A file's: history, which says nothing of who is alive now.
        case imported
        /// Parked earlier, brought back because what was missing may be there now.
        case parked
    }

    package var source: SourceNumber
    package var sourceID: SourceID
    package var lines: [SubmittedLine]
    package var isAtomic: Bool
    package var origin: Origin
    /// Who sends them; nil in mode `open`. Of lines that were parked it is known who sent them first.
    package var actor: ActorNumber?

    package init(
        source: SourceNumber, sourceID: SourceID, lines: [SubmittedLine], isAtomic: Bool = false,
        origin: Origin = .client, actor: ActorNumber? = nil
    ) {
        self.source = source
        self.sourceID = sourceID
        self.lines = lines
        self.isAtomic = isAtomic
        self.origin = origin
        self.actor = actor
    }
}

/// One element of a batch.
package enum Command: Sendable {
    case facts(FactCommand)
    indirect case reservation(ReservationCommand)
    indirect case transfer(TransferCommand)

    /// Facts that it reports.
    var reportedLines: Int {
        if case .facts(let facts) = self { facts.lines.count } else { 0 }
    }

    /// Positions in the batch's order of time that it takes.
    var batchPositions: Int {
        switch self {
        case .facts(let facts): facts.lines.count
        case .reservation(let reservation): reservation.batchPositions
        case .transfer(let transfer): transfer.batchPositions
        }
    }
}

extension [Command] {
    /// Those that report facts.
    package var facts: [FactCommand] {
        compactMap { if case .facts(let command) = $0 { command } else { nil } }
    }

    package var reservations: [ReservationCommand] {
        compactMap { if case .reservation(let command) = $0 { command } else { nil } }
    }

    package var transfers: [TransferCommand] {
        compactMap { if case .transfer(let command) = $0 { command } else { nil } }
    }

    /// The names to resolve, each once.
    package var names: Set<Name> {
        var names = facts.names
        for command in reservations { names.formUnion(command.names) }
        for command in transfers { names.formUnion(command.names) }
        return names
    }

    /// The transfers to read, each once, besides those that keys lead to.
    package var transferIDs: Set<TransferID> {
        var ids: Set<TransferID> = []
        for command in transfers where !command.action.isNew { ids.insert(command.id) }
        for command in facts {
            for case .fact(let fact, _) in command.lines.lazy.map(\.content) {
                if let step = fact.change.step { ids.insert(step.transfer) }
            }
        }
        return ids
    }

    /// What receipts say of the supply that they are, by name: its id, or the reference of either.
    package var supplyReferences: [Name: Set<String>] {
        var references: [Name: Set<String>] = [:]
        for command in facts {
            for case .fact(let fact, _) in command.lines.lazy.map(\.content) where fact.change.kind == .receipt {
                let said = [fact.expectedSupply?.text, fact.reference?.text].compactMap { $0 }
                guard !said.isEmpty else { continue }
                references[Name(fact, source: command.source), default: []].formUnion(said)
            }
        }
        return references
    }

    /// The reservations to read, each once.
    package var reservationIDs: Set<ReservationID> {
        var ids: Set<ReservationID> = []
        for command in self {
            switch command {
            case .reservation(let command): ids.formUnion(command.reservations)
            case .transfer(let command): if let id = command.reservation, !command.action.isNew { ids.insert(id) }
            case .facts(let command):
                for case .fact(let fact, _) in command.lines.lazy.map(\.content) {
                    if let id = fact.change.step?.reservation { ids.insert(id) }
                    if let id = fact.soldFor.flatMap({ ReservationID(text: $0.reservation.text) }) { ids.insert(id) }
                }
            }
        }
        return ids
    }
}

extension [FactCommand] {
    /// The names to resolve, each once.
    package var names: Set<Name> {
        var names: Set<Name> = []
        for command in self {
            for line in command.lines {
                guard case .fact(let fact, _) = line.content else { continue }
                if fact.change.isOfSeveralPlaces {
                    names.formUnion(fact.names(from: command.source))
                } else {
                    names.insert(Name(fact, source: command.source))
                }
            }
        }
        return names
    }

    /// What their facts are about, each once.
    package var subjects: Set<RejectedLineKey> {
        var keys: Set<RejectedLineKey> = []
        for command in self {
            for line in command.lines {
                guard case .fact(let fact, _) = line.content else { continue }
                for text in line.record?.subjects ?? [fact.eventID.text] {
                    keys.insert(RejectedLineKey(source: command.source, text: text))
                }
            }
        }
        return keys
    }

    /// The event ids, each once.
    package var eventKeys: Set<EventKey> {
        var keys: Set<EventKey> = []
        for command in self {
            for line in command.lines {
                switch line.content {
                case .fact(let fact, _), .impossible(let fact, _, _):
                    keys.insert(EventKey(source: command.source, event: fact.eventID))
                    // Its message has an id of its own.
                    if let message = fact.messageEvent {
                        keys.insert(EventKey(source: command.source, event: message))
                    }
                case .malformed: break
                }
            }
        }
        return keys
    }
}
