import Inventory
import InventoryService
import LibPQ

/// One item across locations, a kit too.
struct ItemQuestion: Sendable {
    let item: ItemReference
    let filter: NetworkFilter
    let named: [LocationID]
    let around: Surroundings?

    /// Kilometres of one degree of latitude, a little less than there are: what is near is chosen exactly afterwards.
    static let degreeKm = 111.0

    /// Attempts until all that is read is of one second.
    private static let attemptsMax = 3

    func answer(on session: Session) throws(PQError) -> Found<Dated<ItemPlaces>> {
        for _ in 1..<Self.attemptsMax {
            let found = try read(on: session)
            guard case .success(let answer) = found, answer.isAcrossSeconds else { return found.map(\.dated) }
        }
        return try read(on: session).map(\.dated)
    }

    private struct Reading {
        var dated: Dated<ItemPlaces>
        /// Something shown was recorded in a later second than the one at which holds were judged. A batch is recorded up
        /// to a few milliseconds ahead, so this hardly ever is.
        var isAcrossSeconds: Bool
    }

    private func read(on session: Session) throws(PQError) -> Found<Reading> {
        var exchange = Exchange()
        let headAt = exchange.add(.availabilityItemHead) {
            $0.network(filter)
            $0.item(item)
            $0.texts(named) { $0.text }
        }
        let rowsAt = exchange.add(.availabilityItem, write)
        let results = try session.run(exchange)
        let head = results[headAt][0]
        if head.bool(0) { return .failure(.group) }
        guard let sku = head.textIfPresent(1).map(SKU.init(stored:)) else { return .failure(.item) }
        if head.bool(4) { return .failure(.location) }
        var asOf = head.requiredTimestamp(3)
        var places: [PlacedBalance]
        if head.bool(6) {
            let status = ItemStatus(stored: head.text(8))
            places = try session.query(.availabilityKit, write).map { place(ofKit: sku, status, $0) }
        } else {
            places = results[rowsAt].map { row in
                place(BalanceView(row, from: 0), row, from: BalanceView.columnCount)
            }
        }
        // One instant for all, no earlier than anything that is shown.
        for place in places { asOf = max(asOf, place.balance.asOf) }
        for index in places.indices { places[index].balance.asOf = asOf }
        places = around.map { places.ordered(around: $0) } ?? places
        let total = places.reduce(0) { $0 + $1.balance.availableToSell }
        let network = ItemAvailability(
            sku: sku, name: head.text(2), availableToSell: total, threshold: head.int8(5))
        return .success(
            Reading(
                dated: Dated(ItemPlaces(item: network, places: places), asOf: asOf),
                isAcrossSeconds: asOf.startOfSecond != head.requiredTimestamp(3).startOfSecond))
    }

    private func write(_ writer: inout ParameterWriter) {
        writer.network(filter)
        writer.item(item)
        writer.texts(named) { $0.text }
        writer.text(filter.owner?.text)
        writer.float8(around?.center.latitude)
        writer.float8(around?.radiusKm.map { $0 / Self.degreeKm })
    }

    private func place(_ balance: BalanceView, _ row: Row, from first: Int32) -> PlacedBalance {
        var coordinates: Coordinates?
        if let latitude = row.float8IfPresent(first + 1), let longitude = row.float8IfPresent(first + 2) {
            coordinates = Coordinates(latitude: latitude, longitude: longitude)
        }
        return PlacedBalance(
            balance: balance, name: row.text(first), coordinates: coordinates,
            distanceKm: around.flatMap { around in coordinates?.distanceKm(to: around.center) })
    }

    /// A row of `availabilityKit`.
    private func place(ofKit sku: SKU, _ status: ItemStatus, _ row: Row) -> PlacedBalance {
        var view = BalanceView(
            sku: sku, location: LocationID(stored: row.text(0)), figures: Figures(), itemStatus: status,
            isEligible: row.bool(1), version: 0, countedAt: nil, asOf: row.requiredTimestamp(4))
        view.kitsAvailable = row.int8IfPresent(2) ?? 0
        view.holdBack.threshold = row.int8(3)
        return place(view, row, from: 5)
    }
}

extension [PlacedBalance] {
    /// In stock first, then by distance, then by id.
    func ordered(around: Surroundings) -> [PlacedBalance] {
        filter { place in
            around.radiusKm.map { radius in place.distanceKm.map { $0 <= radius } ?? false } ?? true
        }
        .sorted { left, right in
            let (leftIn, rightIn) = (left.balance.availableToSell > 0, right.balance.availableToSell > 0)
            if leftIn != rightIn { return leftIn }
            let (leftKm, rightKm) = (left.distanceKm ?? .infinity, right.distanceKm ?? .infinity)
            return leftKm == rightKm ? left.balance.location < right.balance.location : leftKm < rightKm
        }
    }
}
