/// What a person should look at of a transfer, and when that is over.
extension BatchDecision {
    /// Opens and settles exceptions by what one line has come to.
    mutating func flag(_ after: Transfer, line index: Int, _ before: Transfer, source: SourceNumber) {
        let line = after.lines[index]
        let (was, is_) = (before.flag(ofLine: index), after.flag(ofLine: index))
        if let was, was != is_ { settle(after.dedupeKey(was, line: line), "what was said of the transfer agrees now") }
        guard let flag = is_, flag != was else { return }
        open(
            flag, of: after, dedupeKey: after.dedupeKey(flag, line: line), source, item: line.sku, after.to,
            detail: {
                switch flag {
                case .transferUnshipped:
                    "units of '\(line.sku)' came that nobody reported as shipped; their ship is late, or they are another transfer's"
                case .transferShortage:
                    "\(line.shipped - line.received) of \(line.shipped) units of '\(line.sku)' did not come and went to variance; "
                        + "look for them where they left and on the way"
                default:
                    "\(line.received - line.shipped) units of '\(line.sku)' more came than were shipped; count them where they left"
                }
            }())
    }

    mutating func flagElsewhere(_ transfer: Transfer, _ fact: FactLine, source: SourceNumber) {
        open(
            .transferElsewhere, of: transfer, dedupeKey: "transferElsewhere:\(transfer.id):\(fact.location)", source,
            item: fact.item.namedSKU, fact.location,
            detail:
                "units of transfer \(transfer.id) to '\(transfer.to)' came to '\(fact.location)'; they are there now, "
                + "so send them on if they are missing")
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
