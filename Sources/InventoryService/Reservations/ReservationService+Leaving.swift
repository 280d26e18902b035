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
            var leaving = reservation.lines.indices.filter { reservation.lines[$0].method == method }
                .compactMap { LeavingLine($0, of: answer, at: location) }
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
            guard case .success(let planner) = try await sourcing.planner(order),
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
}

/// What is open of one line at a location.
private struct LeavingLine {
    private let line: Int
    /// Of a kit, kits.
    private let units: Int64
    /// What there is of one of them: of a kit its parts.
    private let components: [Item.Component]
    private var open: [(number: Int16, sku: SKU, units: Int64)]

    /// - Returns: nil where nothing is open there.
    init?(_ line: Int, of answer: ReservationAnswer, at location: LocationID) {
        let reservation = answer.reservation
        let wanted = reservation.lines[line]
        components = wanted.components.isEmpty ? [.init(sku: wanted.sku, quantity: 1)] : wanted.components
        let open = reservation.allocations.filter { $0.line == line && $0.location == location }.map {
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
