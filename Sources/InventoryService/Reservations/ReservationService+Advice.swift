package import Inventory

/// What else can be done about what was refused or lost its cover.
extension ReservationService {
    /// Advice and no promise: a moment old at most.
    package func alternatives(
        to lines: [ShortLine], by method: FulfilmentMethod, for channel: Channel?
    ) async -> [Alternative] {
        await alternatives.find(.init(lines: lines, method: method, channel: channel, order: nil))
    }

    /// The same for a new reservation that was refused.
    package func alternatives(to lines: [ShortLine], of new: NewReservation) async -> [Alternative] {
        await alternatives.find(
            .init(lines: lines, method: new.method, channel: new.channel, order: SourcedOrder(new)))
    }

    /// Where promises that lost their cover could be kept instead, each as `move` takes it.
    package func proposals(for answer: ReservationAnswer) async throws(StoreError) -> [MoveProposal] {
        let reservation = answer.reservation
        var proposals: [MoveProposal] = []
        for method in FulfilmentMethod.allCases {
            let parts = reservation.allocations.filter {
                answer.uncovered[$0.number] ?? 0 > 0 && reservation.lines[$0.line].method == method
            }
            guard let first = parts.first else { continue }
            // Who fetches it goes to one store if any has all of it.
            if method == .pickup, let whole = try await wholePickup(of: answer, at: first.location) {
                proposals.append(whole)
                continue
            }
            var destination = reservation.shipTo
            // Who fetches it would rather not go far.
            if method == .pickup { destination = try await store.coordinates(of: [first.location])[first.location] }
            let order = SourcedOrder(
                lines: parts.map { part in
                    SourcedOrder.Line(
                        id: reservation.lines[part.line].id, item: .sku(part.sku),
                        quantity: answer.uncovered[part.number] ?? 1)
                },
                terms: SourcingTerms(
                    objective: .fewestSplits, group: reservation.sourcing?.group,
                    minimumLeft: reservation.sourcing?.minimumLeft ?? 0),
                channel: reservation.channel, method: method, destination: destination)
            var except: [SKU: Set<LocationID>] = [:]
            for part in parts { except[part.sku, default: []].insert(part.location) }
            guard case .success(let planner) = try await sourcing.planner(order, except: except),
                let plan = await planner.plan(allowsPartial: true)
            else { continue }
            var byLocation: [LocationID: [MoveProposal.Part]] = [:]
            for part in planner.parts(of: plan) {
                byLocation[part.site.location, default: []].append(
                    MoveProposal.Part(
                        allocation: AllocationID(reservation: reservation.id, number: parts[part.line].number),
                        units: part.units))
            }
            proposals += byLocation.sorted { $0.key < $1.key }.map { MoveProposal(location: $0.key, parts: $0.value) }
        }
        return proposals
    }
}
