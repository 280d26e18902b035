/// Messages: what is told under one event id in several lines, each of which is a fact under an id of its own. The id of
/// the whole is taken by the first of its lines, so that it can be no other fact's.
extension BatchDecision {
    /// Whether the id of the message that the fact is a line of is something else's already.
    mutating func isOfTakenMessage(_ fact: FactLine, from source: SourceNumber) -> Bool {
        guard let event = fact.messageEvent else { return false }
        let key = EventKey(source: source, event: event)
        guard let known = claims[claims.number(of: key, snapshot)] else { return false }
        switch known.state {
        case .message: return known.fingerprint != fact.messageFingerprint(hash)
        // Its own: a count is stored whole before its lines are applied.
        case .count: return fact.change.kind != .count
        case .inLedger, .parked: return true
        }
    }

    /// The fact is kept, so the id of its message is this message's from now on.
    mutating func claimMessage(of reported: ReportedFact) {
        guard !reported.wasParked, let event = reported.fact.messageEvent else { return }
        let key = EventKey(source: reported.source, event: event)
        let claim = claims.number(of: key, snapshot)
        guard claims[claim] == nil else { return }
        let fingerprint = reported.fact.messageFingerprint(hash)
        changes.messages[key] = fingerprint
        claims[claim] = KnownEvent(fingerprint: fingerprint, state: .message)
    }
}

extension FactLine {
    /// Of a line of a message, the message's own event id; nil for what is told alone, and for records of files, whose ids
    /// Holdfast makes.
    var messageEvent: EventID? {
        switch change.kind {
        case .ship, .receive, .count: eventID.isOfStoredCount ? eventID.reported : nil
        default: nil
        }
    }

    /// Of what the message is: two messages of one kind about one thing may be one, sent again with more lines.
    fileprivate func messageFingerprint(_ hash: Hash) -> Fingerprint { Fingerprint(hash(messageBytes)) }

    private var messageBytes: [UInt8] {
        Array([change.kind.name, change.step?.transfer.description ?? ""].joined(separator: " ").utf8)
    }
}

extension Fingerprint {
    /// Of a count whose lines were kept before it could be stored whole: the first of them has taken its event id.
    package static func ofCountLines(_ hash: Hash) -> Fingerprint {
        Fingerprint(hash(Array("\(FactKind.count.name) ".utf8)))
    }
}
