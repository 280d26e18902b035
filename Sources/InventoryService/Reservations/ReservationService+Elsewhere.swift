import Inventory

/// What is not found where it was to be, and is shipped from elsewhere.
extension ReservationService {
    /// For what of a reservation is not found and would be shipped; nil where none of it is.
    func plannerElsewhere(
        _ reservation: Reservation, _ selection: AllocationSelection, asOf now: Timestamp
    ) async throws(StoreError) -> SourcingPlanner? {
        // What cannot be chosen is refused when it is decided.
        var selection = selection
        if case .lines(let lines) = selection {
            guard case .success(let parts) = reservation.parts(of: lines, for: .step(.notFound), at: now) else {
                return nil
            }
            selection = .some(parts)
        }
        var lost: [(index: Int, units: Int64)] = []
        var except: [SKU: Set<LocationID>] = [:]
        for (index, allocation) in reservation.allocations.enumerated() {
            let id = AllocationID(reservation: reservation.id, number: allocation.number)
            let open = reservation.open(allocation, at: now)
            let asked: Int64 =
                switch selection {
                case .everything: open
                case .some(let parts):
                    parts.first { $0.id == id }.map { min(open, $0.quantity?.units ?? open) } ?? 0
                case .lines: 0
                }
            if asked > 0 || allocation.state == .notFound {
                except[allocation.sku, default: []].insert(allocation.location)
            }
            if asked > 0 { lost.append((index, asked)) }
        }
        let sought = reservation.soughtElsewhere(lost, at: now)
        guard !sought.isEmpty else { return nil }
        var lines = sought.parts.map { part in
            let allocation = reservation.allocations[part.index]
            return SourcedOrder.Line(
                id: reservation.lines[allocation.line].id, item: .sku(allocation.sku), quantity: part.units)
        }
        for kits in sought.kits {
            let line = reservation.lines[kits.line]
            lines.append(
                .init(id: line.id, item: .sku(line.sku), quantity: kits.count, components: line.components))
            // Where a part was looked for in vain there is no whole kit.
            for component in line.components { except[line.sku, default: []].formUnion(except[component.sku] ?? []) }
        }
        let terms = reservation.termsForMore
        let order = SourcedOrder(
            lines: lines, terms: terms, channel: reservation.channel, destination: reservation.shipTo)
        let stays = reservation.locationsShipping(at: now, besides: sought)
        let (only, most): (Set<LocationID>?, Int?) =
            switch terms.locationsMax {
            case .some(let most) where stays.count >= most: (stays, most)
            case .some(let most): (nil, most - stays.count)
            case nil: (nil, nil)
            }
        let found = try await sourcing.planner(order, except: except, only: only, locationsMax: most)
        return try? found.get()
    }
}
