/// What a person should look at of a transfer, and when that is over.
extension BatchDecision {
    /// Opens and settles exceptions by what one line has come to.
    mutating func flag(_ after: Transfer, line index: Int, _ before: Transfer, source: SourceNumber) {
        let line = after.lines[index]
        let (was, is_) = (before.flag(ofLine: index), after.flag(ofLine: index))
        if let was, was != is_ { settle(after.dedupeKey(was, line: line), "shipped and received units agree now") }
        guard let flag = is_, flag != was else { return }
        open(
            flag, of: after, dedupeKey: after.dedupeKey(flag, line: line), source, item: line.sku, after.to,
            detail: {
                switch flag {
                case .transferUnshipped:
                    "units of '\(line.sku)' were received that nobody reported as shipped; the ship message is late, or they belong to another transfer"
                case .transferShortage:
                    "\(line.shipped - line.received) of \(line.shipped) units of '\(line.sku)' were not received and went to variance; "
                        + "look for them where they left and on the way"
                default:
                    "\(line.received - line.shipped) units of '\(line.sku)' more came than were shipped; count them where they left"
                }
            }())
    }

    mutating func flagElsewhere(_ transfer: Transfer, _ fact: FactLine, source: SourceNumber) {
        open(
            .transferElsewhere, of: transfer, dedupeKey: "transferElsewhere:\(transfer.id):\(fact.place)", source,
            item: fact.item.namedSKU, fact.place.id ?? transfer.to,
            detail:
                "units of transfer \(transfer.id) to '\(transfer.to)' came to '\(fact.place)'; send them on if "
                + "they are needed there")
    }

    private mutating func open(
        _ type: ExceptionType, of transfer: Transfer, dedupeKey: String, _ source: SourceNumber, item: SKU?,
        _ location: LocationID, detail: String
    ) {
        var opening = ExceptionOpening(type, dedupeKey: dedupeKey, source: source, detail: detail)
        opening.item = item.map(ItemReference.sku)
        opening.location = location
        opening.eventID = transfer.id.description
        changes.settledExceptions[dedupeKey] = nil
        changes.exceptions.append(opening)
    }

    private mutating func settle(_ dedupeKey: String, _ resolution: String) {
        changes.exceptions.removeAll { $0.dedupeKey == dedupeKey }
        changes.settledExceptions[dedupeKey] = resolution
    }
}

extension Transfer {
    /// What is to be said of a line: until it is closed what came without having left, and then every difference.
    fileprivate func flag(ofLine index: Int) -> ExceptionType? {
        let line = lines[index]
        if line.received > line.shipped { return line.shipped == 0 ? .transferUnshipped : .transferOverage }
        return closedAt != nil && line.shipped > line.received ? .transferShortage : nil
    }

    fileprivate func dedupeKey(_ type: ExceptionType, line: TransferLine) -> String {
        "\(type.rawValue):\(id):\(line.id)"
    }
}

extension ItemReference {
    fileprivate var namedSKU: SKU? {
        if case .sku(let sku) = self { sku } else { nil }
    }
}
