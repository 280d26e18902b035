package import Inventory
package import StrictJSON

/// Reads the bodies of requests about reservations.
extension NewReservation {
    /// - Parameter limits: for what a hold lasts that says nothing.
    package init?(from reader: inout ObjectReader, _ limits: HoldLimits) {
        let reference = reader.identifier("reference", ReferenceKind.self)
        let owner = reader.identifier("owner", OwnerKind.self)
        let channel = reader.identifier("channel", ChannelKind.self)
        let method = reader.choice("method", FulfilmentMethod.self, isRequired: true)
        let location = reader.identifier("location", LocationKind.self)
        let seconds = reader.integer("expiresInSeconds", in: 1...Self.holdSecondsMax)
        let allowsPartial = reader.boolean("allowPartial") ?? false
        let isConfirmed = reader.boolean("confirm") ?? false
        if isConfirmed, seconds != nil {
            reader.report("expiresInSeconds", "is for holds; what is confirmed does not end by itself")
        }
        let replaces = reader.reservationID("replaces")
        let attributes = reader.orderAttributes()
        let pickupBy = reader.timestamp("pickupBy")
        let shipTo = reader.point("shipTo")
        let lines = reader.wantedLines(method: method, location: location, mayBeSourced: method == .ship)
        if let method {
            // A line may say otherwise than the whole.
            let methods = Set([method] + (lines ?? []).map(\.method))
            if !methods.contains(.pickup), pickupBy != nil { reader.report("pickupBy", "is only for method pickup") }
            if !methods.contains(.ship), shipTo != nil { reader.report("shipTo", "is only for method ship") }
        }
        let isSourced = method == .ship && location == nil && lines?.allSatisfy { $0.location == nil } ?? true
        let sourcing = reader.sourcingTerms(shipTo: shipTo, isAllowed: isSourced)
        guard let method, let lines, let first = lines.first else { return nil }
        if !isSourced, let bare = lines.first(where: { $0.location == nil }) {
            reader.problems.report(bare.locationPointer, "is required where other lines name one; name all or none")
        }
        self.init(
            reference: reference, owner: owner, channel: channel, method: method, location: location ?? first.location,
            holdSeconds: isConfirmed ? nil : seconds ?? limits.holdSecondsDefault, allowsPartial: allowsPartial,
            replaces: replaces, lines: lines, pickupBy: pickupBy, shipTo: shipTo,
            sourcing: isSourced ? sourcing : nil)
        for (name, value) in attributes { self.attributes[name] = value }
    }

    /// Beyond any setting: 400 days.
    private static let holdSecondsMax: Int64 = 34_560_000
}

extension ObjectReader {
    package mutating func reservationID(_ name: StaticString) -> ReservationID? {
        guard let text = string(name) else { return nil }
        guard let id = ReservationID(text: text) else {
            report(name, "is not the id of a reservation")
            return nil
        }
        return id
    }

    /// How locations are chosen. Says so where none are to be.
    package mutating func sourcingTerms(shipTo: Coordinates?, isAllowed: Bool) -> SourcingTerms {
        let objective = choice("objective", SourcingObjective.self)
        let locationsMax = integer("maxSplits", in: 1...Int64(SourcingTerms.locationsMax))
        let group = identifier("group", GroupKind.self)
        let minimumLeft = integer("minimumLeft", in: 0...SourcingTerms.minimumLeftMax)
        if !isAllowed {
            let names: [(StaticString, Bool)] = [
                ("objective", objective != nil && objective != SourcingTerms.objectiveDefault),
                ("maxSplits", locationsMax != nil), ("group", group != nil),
                ("minimumLeft", minimumLeft != nil && minimumLeft != 0),
            ]
            for (name, isThere) in names where isThere {
                report(name, "is only for method ship without a location, where the service chooses one")
            }
        }
        if objective == .nearest, shipTo == nil, isAllowed {
            report("shipTo", "is required for objective nearest")
        }
        return SourcingTerms(
            objective: objective ?? SourcingTerms.objectiveDefault, locationsMax: locationsMax.map(Int.init),
            group: group, minimumLeft: minimumLeft ?? 0)
    }

    package mutating func point(_ name: StaticString) -> Coordinates? {
        guard var inner = object(name) else { return nil }
        let latitude = inner.number("latitude", in: -90...90, isRequired: true)
        let longitude = inner.number("longitude", in: -180...180, isRequired: true)
        inner.refuseUnknown()
        guard let latitude, let longitude else { return nil }
        return Coordinates(latitude: latitude, longitude: longitude)
    }

    /// - Parameters:
    ///   - method: of lines that say nothing.
    ///   - location: the same.
    ///   - mayBeSourced: a line that is to ship need not name one.
    ///   - namesPlaces: lines may say where and how; else they may not.
    package mutating func wantedLines(
        method: FulfilmentMethod?, location: LocationID?, mayBeSourced: Bool = false, namesPlaces: Bool = true
    ) -> [WantedLine]? {
        guard let elements = array("lines", count: 1...Reservation.linesMax, isRequired: true) else { return nil }
        var lines: [WantedLine] = []
        var seen: Set<LineID> = []
        for (place, element) in elements.enumerated() {
            let at = "\(pointer)/lines/\(place)"
            guard var reader = ObjectReader(element, at: at, problems) else { continue }
            let isNamed = reader.value("id") != nil
            let id = reader.identifier("id", LineKind.self) ?? (isNamed ? nil : LineID(stored: "\(place + 1)"))
            let item = reader.itemReference()
            let quantity = reader.integer("quantity", in: 1...Quantity.maxUnits, isRequired: true)
                .flatMap(Quantity.init(units:))
            let saysLocation = namesPlaces && reader.value("location") != nil
            let own = namesPlaces ? reader.identifier("location", LocationKind.self) : nil
            let method = (namesPlaces ? reader.choice("method", FulfilmentMethod.self) : nil) ?? method
            reader.refuseUnknown()
            if let id, !seen.insert(id).inserted { reader.report("id", "duplicate line id") }
            guard saysLocation || location != nil || mayBeSourced && method == .ship else {
                reader.report("location", "is required, here or for the whole reservation")
                continue
            }
            guard let id, let item, let quantity, let method, !saysLocation || own != nil else { continue }
            lines.append(
                WantedLine(
                    id: id, item: item, location: own ?? location, method: method, quantity: quantity, pointer: at,
                    locationPointer: saysLocation ? "\(at)/location" : "\(pointer)/location"))
        }
        return lines.count == elements.count ? lines : nil
    }

    /// `allocations` or `lines`, each once; without them it is everything.
    package mutating func selection() -> AllocationSelection {
        let lines = lineParts()
        guard let elements = array("allocations", count: 1...Self.allocationsNamedMax) else {
            return lines.map { .lines($0) } ?? .everything
        }
        if lines != nil { report("lines", "and allocations are both given; send one of them") }
        var parts: [AllocationSelection.Part] = []
        var seen: Set<String> = []
        for (place, element) in elements.enumerated() {
            guard var reader = ObjectReader(element, at: "\(pointer)/allocations/\(place)", problems) else { continue }
            let text = reader.string("id", isRequired: true)
            let units = reader.integer("quantity", in: 1...Quantity.maxUnits)
            reader.refuseUnknown()
            guard let text else { continue }
            if !seen.insert(text).inserted { reader.report("id", "duplicate value") }
            guard let id = AllocationID(text: text) else {
                reader.report("id", "is not the id of an allocation")
                continue
            }
            parts.append(.init(id: id, quantity: units.flatMap(Quantity.init(units:))))
        }
        return .some(parts)
    }

    private mutating func lineParts() -> [AllocationSelection.LinePart]? {
        guard let elements = array("lines", count: 1...Reservation.linesMax) else { return nil }
        var parts: [AllocationSelection.LinePart] = []
        var seen: Set<LineID> = []
        for (place, element) in elements.enumerated() {
            guard var reader = ObjectReader(element, at: "\(pointer)/lines/\(place)", problems) else { continue }
            let id = reader.identifier("id", LineKind.self, isRequired: true)
            let units = reader.integer("quantity", in: 1...Quantity.maxUnits)
            reader.refuseUnknown()
            guard let id else { continue }
            if !seen.insert(id).inserted { reader.report("id", "duplicate value") }
            parts.append(.init(id: id, quantity: units.flatMap(Quantity.init(units:))))
        }
        return parts
    }

    private static let allocationsNamedMax = 200
}

extension AllocationSelection {
    /// Doing the same twice would do twice as much.
    package var needsKey: Bool {
        switch self {
        case .everything: false
        case .some(let parts): parts.contains { $0.quantity != nil }
        case .lines(let lines): lines.contains { $0.quantity != nil }
        }
    }
}

extension ReservationAction {
    /// Which of them a path names.
    package enum Name: String, CaseIterable, Sendable {
        case confirm, extend, ready, fulfil, release, restock, move, arrive, claim
        case notFound = "not-found"
    }

    package init?(_ name: Name, from reader: inout ObjectReader) {
        switch name {
        case .confirm:
            self = .confirm(
                reader.selection(), acceptAtRisk: reader.boolean("acceptAtRisk") ?? false,
                ReservationAmendment(from: &reader))
        case .extend:
            if reader.value("expiresAt", isRequired: true) == nil { return nil }
            guard let expiresAt = reader.timestamp("expiresAt") else { return nil }
            self = .extend(expiresAt.startOfSecond)
        case .ready: self = .ready(reader.selection(), occurredAt: reader.timestamp("occurredAt"))
        case .fulfil: self = .fulfil(reader.selection(), occurredAt: reader.timestamp("occurredAt"))
        case .release:
            self = .release(
                reader.selection(), reason: reader.identifier("reason", ReasonKind.self),
                restock: reader.choice("restock") ?? .immediate, occurredAt: reader.timestamp("occurredAt"))
        case .restock: self = .restock(reader.selection(), occurredAt: reader.timestamp("occurredAt"))
        case .move:
            let selection = reader.selection()
            guard let location = reader.identifier("location", LocationKind.self, isRequired: true) else { return nil }
            self = .move(selection, to: location)
        case .arrive: self = .arrive(place: reader.label("place"), note: reader.label("note"))
        case .claim:
            let seconds = reader.integer("expiresInSeconds", in: 1...86_400) ?? 600
            guard let by = reader.label("by", isRequired: true) else { return nil }
            self = .claim(by: by, seconds: seconds)
        case .notFound:
            self = .notFound(
                reader.selection(), wholeBalance: reader.boolean("wholeBalance") ?? false,
                occurredAt: reader.timestamp("occurredAt"))
        }
    }

    package var needsKey: Bool {
        switch self {
        case .confirm(let selection, _, _), .ready(let selection, _), .fulfil(let selection, _),
            .release(let selection, _, _, _), .restock(let selection, _), .move(let selection, _),
            .notFound(let selection, _, _):
            selection.needsKey
        case .create: true
        case .amend, .extend, .replaceLines, .arrive, .claim, .expire: false
        }
    }
}
