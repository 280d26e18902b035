package import Inventory
package import InventoryService
import LibPQ

/// What is put together from several questions about one item, all of one snapshot and one instant.
extension PostgresAvailabilityStore {
    package func promiseBasis(
        _ item: ItemReference, at location: LocationID, _ filter: NetworkFilter
    ) async throws(StoreError) -> Found<PromiseBasis> {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.inSnapshot { session throws(PQError) in
                try Self.promiseBasis(item, at: location, filter, on: session)
            }
        }
    }

    private static func promiseBasis(
        _ item: ItemReference, at location: LocationID, _ filter: NetworkFilter, on session: Session
    ) throws(PQError) -> Found<PromiseBasis> {
        func view(of item: ItemReference) throws(PQError) -> Found<BalanceView> {
            let question = ItemQuestion(item: item, filter: filter, named: [location], around: nil)
            switch try question.answer(on: session) {
            case .failure(let unknown): return .failure(unknown)
            case .success(let found):
                return found.value.places.first.map { .success($0.balance) } ?? .failure(.location)
            }
        }
        func part(_ view: BalanceView, quantity: Int64) throws(PQError) -> PromiseBasis.Part {
            PromiseBasis.Part(
                view: view, quantity: quantity, supplies: try session.inbound(of: view.sku, at: location))
        }
        let whole: BalanceView
        switch try view(of: item) {
        case .failure(let unknown): return .failure(unknown)
        case .success(let found): whole = found
        }
        guard whole.kitsAvailable != nil else {
            return .success(PromiseBasis(view: whole, parts: [try part(whole, quantity: 1)]))
        }
        var parts: [PromiseBasis.Part] = []
        for row in try session.query(.promiseParts, { $0.text(whole.sku.text) }) {
            var row = RowCursor(row)
            let (sku, quantity) = (SKU(stored: row.text()), row.int8())
            guard case .success(let found) = try view(of: .sku(sku)) else { continue }
            parts.append(try part(found, quantity: quantity))
        }
        return .success(PromiseBasis(view: whole, parts: parts))
    }

    package func aisleBasis(
        _ item: ItemReference, at here: LocationID, for channel: Channel?, within: Set<LocationID>?,
        around: Surroundings?
    ) async throws(StoreError) -> Found<AisleBasis> {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.inSnapshot { session throws(PQError) in
                try Self.aisleBasis(item, at: here, for: channel, within: within, around: around, on: session)
            }
        }
    }

    private static func aisleBasis(
        _ item: ItemReference, at here: LocationID, for channel: Channel?, within: Set<LocationID>?,
        around: Surroundings?, on session: Session
    ) throws(PQError) -> Found<AisleBasis> {
        var asOf: Timestamp?
        func places(
            _ filter: NetworkFilter, named: [LocationID] = [], around: Surroundings? = nil
        ) throws(PQError) -> Found<ItemPlaces> {
            let question = ItemQuestion(item: item, filter: filter, named: named, around: around)
            return try question.answer(on: session).map { found in
                asOf = max(asOf ?? found.asOf, found.asOf)
                return found.value
            }
        }
        let view: BalanceView
        switch try places(NetworkFilter(channel: channel), named: [here]) {
        case .failure(let unknown): return .failure(unknown)
        case .success(let found):
            guard let place = found.places.first else { return .failure(.location) }
            view = place.balance
        }
        func network(_ method: FulfilmentMethod) -> NetworkFilter {
            NetworkFilter(channel: channel, method: method, within: within)
        }
        guard case .success(let pickup) = try places(network(.pickup), around: around),
            case .success(let ship) = try places(network(.ship), around: around),
            case .success(let anywhere) = try places(NetworkFilter(within: within))
        else { return .failure(.item) }
        let expected = try session.inbound(of: view.sku, at: nil)
        // No earlier than anything that is shown.
        let instant = asOf ?? view.asOf
        return .success(
            AisleBasis(
                here: view.dated(instant), pickup: pickup.dated(instant), ship: ship.dated(instant),
                anywhere: anywhere.dated(instant), expected: expected, asOf: instant))
    }
}

extension BalanceView {
    fileprivate func dated(_ instant: Timestamp) -> BalanceView {
        var view = self
        view.asOf = instant
        return view
    }
}

extension ItemPlaces {
    fileprivate func dated(_ instant: Timestamp) -> ItemPlaces {
        ItemPlaces(
            item: item,
            places: places.map { place in
                var place = place
                place.balance.asOf = instant
                return place
            })
    }
}

extension Statement {
    /// The parts of a kit, in their order.
    fileprivate static let promiseParts = Statement(
        "promise_parts", [.text],
        sql: """
            select i.sku, c.quantity
            from item k
            join kit_component c on c.kit_id = k.item_id and c.valid_until is null
            join item i on i.item_id = c.component_id
            where k.sku = $1
            order by c.position
            """)
}
