package import Inventory

/// Where promises could be kept that stand at a location which sells nothing any more.
extension ReservationService {
    /// Advice, each as `move` takes it: whole kits, all that can be kept elsewhere. None for what a transfer keeps.
    package func proposals(
        for answer: ReservationAnswer, leaving location: LocationID
    ) async throws(StoreError) -> [MoveProposal] {
        let reservation = answer.reservation
        guard reservation.transfer == nil else { return [] }
        var proposals: [MoveProposal] = []
        for method in FulfilmentMethod.allCases {
            var leaving = Self.leaving(location, answer, method)
            guard !leaving.isEmpty else { continue }
            var destination = reservation.shipTo
            // Who fetches it would rather not go far.
            if method == .pickup { destination = try await store.coordinates(of: [location])[location] }
            let order = SourcedOrder(
                lines: leaving.map { $0.wanted(of: reservation) },
                terms: SourcingTerms(
                    objective: .fewestSplits, group: reservation.sourcing?.group,
                    minimumLeft: reservation.sourcing?.minimumLeft ?? 0),
                channel: reservation.channel, method: method, destination: destination)
            guard case .success(let planner) = try await sourcing.planner(order, except: order.leaving([location])),
                let plan = await planner.plan(allowsPartial: true)
            else { continue }
            var byLocation: [LocationID: [MoveProposal.Part]] = [:]
            for part in planner.parts(of: plan) {
                byLocation[part.site.location, default: []] += leaving[part.line].take(part.units, of: reservation)
            }
            proposals += byLocation.sorted { $0.key < $1.key }.map { MoveProposal(location: $0.key, parts: $0.value) }
        }
        return proposals
    }

    /// The nearest store that has all that is open of a pickup, so that its customer has one way: also what is covered where
    /// it is now.
    /// - Parameter location: where the customer would go now.
    /// - Returns: nil where no store has all of it.
    func wholePickup(
        of answer: ReservationAnswer, at location: LocationID
    ) async throws(StoreError) -> MoveProposal? {
        let reservation = answer.reservation
        var leaving = Self.leaving(nil, answer, .pickup)
        guard !leaving.isEmpty else { return nil }
        let order = SourcedOrder(
            lines: leaving.map { $0.wanted(of: reservation) },
            terms: SourcingTerms(
                objective: .fewestSplits, locationsMax: 1, group: reservation.sourcing?.group,
                minimumLeft: reservation.sourcing?.minimumLeft ?? 0),
            channel: reservation.channel, method: .pickup,
            destination: try await store.coordinates(of: [location])[location])
        // Where some of it stands, there may be more than what is free; and some of it lost its cover there.
        let here = Set(reservation.allocations.filter { reservation.open($0, at: answer.asOf) > 0 }.map(\.location))
        guard case .success(let planner) = try await sourcing.planner(order, except: order.leaving(here)),
            let plan = await planner.plan(allowsPartial: false), let site = planner.parts(of: plan).first?.site
        else { return nil }
        var parts: [MoveProposal.Part] = []
        for part in planner.parts(of: plan) { parts += leaving[part.line].take(part.units, of: reservation) }
        // Parts of kits that are broken up move by themselves.
        let moved = Set(parts.map(\.allocation.number))
        let isWhole = answer.uncovered.allSatisfy { number, units in
            let line = reservation.allocations.first { $0.number == number }?.line
            return units == 0 || moved.contains(number) || line.map { reservation.lines[$0].method } != .pickup
        }
        return isWhole ? MoveProposal(location: site.location, parts: parts) : nil
    }

    /// What is open of a reservation's lines of a method, at a location or anywhere.
    private static func leaving(
        _ location: LocationID?, _ answer: ReservationAnswer, _ method: FulfilmentMethod
    ) -> [LeavingLine] {
        answer.reservation.lines.indices.filter { answer.reservation.lines[$0].method == method }
            .compactMap { LeavingLine($0, of: answer, at: location) }
    }
}

extension SourcedOrder {
    /// Locations that nothing of it is asked for, by item.
    fileprivate func leaving(_ locations: Set<LocationID>) -> [SKU: Set<LocationID>] {
        var except: [SKU: Set<LocationID>] = [:]
        for line in lines { if case .sku(let sku) = line.item { except[sku] = locations } }
        return except
    }
}

/// What is open of one line at a location, or anywhere.
private struct LeavingLine {
    private let line: Int
    /// Of a kit, kits.
    private let units: Int64
    /// What there is of one of them: of a kit its parts.
    private let components: [Item.Component]
    private var open: [(number: Int16, sku: SKU, units: Int64)]

    /// - Parameter location: nil for all.
    /// - Returns: nil where nothing is open there.
    init?(_ line: Int, of answer: ReservationAnswer, at location: LocationID?) {
        let reservation = answer.reservation
        let wanted = reservation.lines[line]
        components = wanted.components.isEmpty ? [.init(sku: wanted.sku, quantity: 1)] : wanted.components
        let open = reservation.allocations.filter {
            $0.line == line && $0.location == location ?? $0.location
        }.map {
            (number: $0.number, sku: $0.sku, units: reservation.open($0, at: answer.asOf))
        }
        let units = components.map { component in
            open.reduce(0) { $1.sku == component.sku ? $0 + $1.units : $0 } / component.quantity
        }.min()
        guard let units, units > 0 else { return nil }
        self.line = line
        self.units = units
        self.open = open
    }

    func wanted(of reservation: Reservation) -> SourcedOrder.Line {
        let line = reservation.lines[line]
        return SourcedOrder.Line(id: line.id, item: .sku(line.sku), quantity: units, components: line.components)
    }

    /// The allocations that so many units, or kits, are of; none of them is given out twice.
    mutating func take(_ units: Int64, of reservation: Reservation) -> [MoveProposal.Part] {
        var parts: [MoveProposal.Part] = []
        for component in components {
            var missing = units * component.quantity
            for index in open.indices where open[index].sku == component.sku && open[index].units > 0 && missing > 0 {
                let taken = min(missing, open[index].units)
                open[index].units -= taken
                missing -= taken
                parts.append(
                    MoveProposal.Part(
                        allocation: AllocationID(reservation: reservation.id, number: open[index].number), units: taken)
                )
            }
        }
        return parts
    }
}
