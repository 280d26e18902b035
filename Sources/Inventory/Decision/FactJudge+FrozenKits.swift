/// Facts that name a reservation by the name of a kit: they speak of what was promised, so the kit is what it was then,
/// whatever it is made of by now.
extension BatchDecision {
    func promisedKit(_ fact: FactLine, _ resolution: NameResolution) -> PromisedKit? {
        guard let id = fact.soldForID, let reservation = promises.reservation(id) else { return nil }
        return snapshot.promisedKit(fact, resolution, by: reservation)
    }
}

/// A kit as the reservation that a fact names promised it.
struct PromisedKit {
    let kit: KnownKit
    /// The lines of the reservation that promise just that, by index.
    let lines: [Int]
}

extension Snapshot {
    /// - Returns: nil where the reservation promises no such kit, or one of its parts is not known where the fact happened:
    ///   then the name means what it means today.
    func promisedKit(
        _ fact: FactLine, _ resolution: NameResolution, by reservation: Reservation
    ) -> PromisedKit? {
        guard reservation.transfer == nil, let named = NamedGoods(resolution) else { return nil }
        let lines = reservation.lines(ofKit: named.sku, fact.soldFor?.line)
        guard let first = lines.first else { return nil }
        var parts: [KnownKit.Part] = []
        for component in reservation.lines[first].components {
            guard let name = part(component.sku, of: named) else { return nil }
            parts.append(KnownKit.Part(name: name, quantity: component.quantity))
        }
        parts.sort { $0.name.key < $1.name.key }
        return PromisedKit(
            kit: KnownKit(
                number: named.number, sku: named.sku, location: named.location, unitsPerCode: named.unitsPerCode,
                itemStatus: named.itemStatus, parts: parts),
            lines: lines.filter { reservation.lines[$0].components == reservation.lines[first].components })
    }

    private func part(_ sku: SKU, of named: NamedGoods) -> KnownName? {
        if let part = named.part(sku) { return part }
        guard case .known(let name)? = names[Name(item: .sku(sku), location: named.location)] else { return nil }
        return name
    }

    /// Names that the snapshot has to resolve before facts about promised kits can be judged, and does not: parts that the
    /// kits have no longer.
    package func namesOfPromisedKits(in commands: [Command]) -> Set<Name> {
        var missing: Set<Name> = []
        for command in commands.facts {
            for case .fact(let fact, _) in command.lines.lazy.map(\.content) {
                guard let id = fact.soldForID, let reservation = reservations[id], reservation.transfer == nil,
                    let resolution = names[Name(fact, source: command.source)], let named = NamedGoods(resolution),
                    let line = reservation.lines(ofKit: named.sku, fact.soldFor?.line).first
                else { continue }
                for component in reservation.lines[line].components where named.part(component.sku) == nil {
                    let name = Name(item: .sku(component.sku), location: named.location)
                    if names[name] == nil { missing.insert(name) }
                }
            }
        }
        return missing
    }
}

/// What a name means today, whether or not it is a kit.
private struct NamedGoods {
    let number: ItemNumber
    let sku: SKU
    let location: LocationID
    let unitsPerCode: UnitsPerCode
    let itemStatus: ItemStatus
    private let parts: [KnownKit.Part]

    /// - Returns: nil where it is not known.
    init?(_ resolution: NameResolution) {
        switch resolution {
        case .unknown: return nil
        case .known(let name):
            (number, sku, unitsPerCode, itemStatus) = (name.key.item, name.sku, name.unitsPerCode, name.itemStatus)
            location = name.location
            parts = []
        case .kit(let kit):
            (number, sku, unitsPerCode, itemStatus) = (kit.number, kit.sku, kit.unitsPerCode, kit.itemStatus)
            location = kit.location
            parts = kit.parts
        }
    }

    func part(_ sku: SKU) -> KnownName? { parts.first { $0.name.sku == sku }?.name }
}

extension FactLine {
    /// The reservation that it names, where that can be one.
    var soldForID: ReservationID? { soldFor.flatMap { ReservationID(text: $0.reservation.text) } }
}

extension Reservation {
    /// The lines that promise a kit, by index: of all, or of the one that is named.
    fileprivate func lines(ofKit sku: SKU, _ line: LineID?) -> [Int] {
        lines.indices.filter {
            lines[$0].sku == sku && !lines[$0].components.isEmpty && (line == nil || lines[$0].id == line)
        }
    }
}
