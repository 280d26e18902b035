/// The texts and keys of exceptions, so that each says what to do and none opens twice for one cause.
extension UnknownName {
    /// One for each thing that is missing: a thousand lines of one unknown code are one exception.
    /// - Parameter destination: of a transfer in one step, when the name is that of its other end.
    func openings(
        for fact: FactLine, at destination: LocationReference? = nil, source: SourceNumber
    ) -> [ExceptionOpening] {
        var openings: [ExceptionOpening] = []
        if !isItemKnown { openings.append(unknownItem(fact, source)) }
        if !isLocationKnown {
            openings.append(
                unknownPlace(destination ?? fact.place, named: destination == nil ? "location" : "toLocation", source))
        }
        return openings
    }

    private func unknownPlace(
        _ place: LocationReference, named field: String, _ source: SourceNumber
    ) -> ExceptionOpening {
        switch place {
        case .id(let id):
            var opening = ExceptionOpening(
                .unknownLocation, dedupeKey: MissingThing.location(id).dedupeKey, source: source,
                detail: "no location '\(id)' is known; create it, and the lines that wait are applied")
            opening.location = id
            opening.problem = LineProblem(.unknownLocation, opening.detail, pointer: "/\(field)")
            return opening
        case .code(_, let code):
            let system = placeSystem ?? CodeSystem(stored: "")
            var opening = ExceptionOpening(
                .unknownLocationCode, dedupeKey: MissingThing.locationCode(system, code).dedupeKey, source: source,
                detail:
                    "location code '\(code)' of code system '\(system)' is not mapped; add a location alias, and the "
                    + "parked lines are applied")
            opening.codeSystem = placeSystem
            opening.locationCode = code
            opening.problem = LineProblem(.unknownLocationCode, opening.detail, pointer: "/\(field)Code")
            return opening
        }
    }

    private func unknownItem(_ fact: FactLine, _ source: SourceNumber) -> ExceptionOpening {
        var opening: ExceptionOpening
        switch fact.item {
        case .sku(let sku):
            opening = ExceptionOpening(
                .unknownSku, dedupeKey: MissingThing.sku(sku).dedupeKey, source: source,
                detail: "no item '\(sku)' is known; create it, and the lines that wait are applied")
            opening.problem = LineProblem(.unknownSku, opening.detail, pointer: "/sku")
        case .code(_, let code):
            let system = codeSystem ?? CodeSystem(stored: "")
            let missing = MissingThing.code(system, code)
            if codeSystem == .gtin, !GTIN.hasValidCheckDigit(code) {
                opening = ExceptionOpening(
                    .wrongCheckDigit, dedupeKey: missing.dedupeKey, source: source,
                    detail:
                        "'\(code)' is not a valid GTIN, since its check digit is wrong; read the label again, or map it as an "
                        + "alias if the label really says so")
                opening.problem = LineProblem(.wrongCheckDigit, opening.detail, pointer: "/code")
            } else {
                opening = ExceptionOpening(
                    .unknownCode, dedupeKey: missing.dedupeKey, source: source,
                    detail: "code '\(code)' of code system '\(system)' is not mapped to an item; say which one it is "
                        + "(an alias), and the lines that wait are applied")
                opening.problem = LineProblem(.unknownCode, opening.detail, pointer: "/code")
            }
        }
        opening.item = fact.item
        opening.codeSystem = codeSystem
        return opening
    }
}

extension ExceptionOpening {
    static func clockSkew(_ fact: FactLine, source: SourceNumber) -> ExceptionOpening {
        var opening = ExceptionOpening(
            .clockSkew, dedupeKey: "clockSkew:\(source.rawValue)", source: source,
            detail: "this source sends times more than 5 minutes from the future; set its clock. Its lines count as "
                + "of arrival, and the time that was sent is kept beside it")
        opening.eventID = fact.eventID.text
        opening.location = fact.place.id
        return opening
    }

    /// Of a request, which names no source.
    /// - Parameters:
    ///   - client: who sent it; nil where nobody is asked for a name.
    ///   - id: of what it is about.
    static func clockSkew(of client: ClientID?, about id: String, at location: LocationID) -> ExceptionOpening {
        var opening = ExceptionOpening(
            .clockSkew, dedupeKey: "clockSkew:client:\(client?.text ?? "")", source: .holdfast,
            detail: (client.map { "client '\($0)'" } ?? "a client")
                + " sends times more than 5 minutes from the future; set its clock. What it reports counts as of arrival, "
                + "and claimedAt keeps the time that was sent")
        opening.eventID = id
        opening.location = location
        return opening
    }
}
