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

    func answer(on session: Session) throws(PQError) -> Found<Dated<ItemPlaces>> {
        try OneSecond.read { () throws(PQError) in try read(on: session) }
    }

    private func read(on session: Session) throws(PQError) -> Found<OneSecond<ItemPlaces>> {
        var exchange = Exchange()
        let headAt = exchange.add(.availabilityItemHead) {
            $0.network(filter)
            $0.item(item)
            $0.texts(named) { $0.text }
        }
        let rowsAt = exchange.add(.availabilityItem, write)
        let results = try session.run(exchange)
        let head = ColumnReader<ItemHeadColumn>(results[headAt][0])
        if head.bool(.isGroupUnknown) { return .failure(.group) }
        guard let sku = head.textIfPresent(.sku).map(SKU.init(stored:)) else { return .failure(.item) }
        if head.bool(.isLocationUnknown) { return .failure(.location) }
        var asOf = head.requiredTimestamp(.now)
        var places: [PlacedBalance]
        if head.bool(.isKit) {
            let status = ItemStatus(stored: head.text(.status))
            places = try session.query(.availabilityKit, write).map { place(ofKit: sku, status, $0) }
        } else {
            places = results[rowsAt].map { row in
                place(BalanceView(row), ColumnReader(row, from: BalanceViewColumn.count))
            }
        }
        // One instant for all, no earlier than anything that is shown.
        for place in places { asOf = max(asOf, place.balance.asOf) }
        for index in places.indices { places[index].balance.asOf = asOf }
        places = around.map { places.ordered(around: $0) } ?? places
        let total = places.reduce(Int64(0)) { $0.addingUnits($1.balance.availableToSell) }
        let network = ItemAvailability(
            sku: sku, name: head.text(.name), availableToSell: total, threshold: head.int8(.threshold))
        return .success(
            OneSecond(
                ItemPlaces(item: network, places: places), judgedAt: head.requiredTimestamp(.now), asOf: asOf))
    }

    private func write(_ writer: inout ParameterWriter) {
        writer.network(filter)
        writer.item(item)
        writer.texts(named) { $0.text }
        writer.text(filter.owner?.text)
        writer.float8(around?.center.latitude)
        writer.float8(around?.radiusKm.map { $0 / Self.degreeKm })
        writer.within(filter.within)
    }

    private func place(_ balance: BalanceView, _ row: ColumnReader<PlacedColumn>) -> PlacedBalance {
        let coordinates = row.coordinates(.latitude, .longitude)
        return PlacedBalance(
            balance: balance, name: row.text(.name), coordinates: coordinates,
            distanceKm: around.flatMap { around in coordinates?.distanceKm(to: around.center) })
    }

    /// A row of `availabilityKit`.
    private func place(ofKit sku: SKU, _ status: ItemStatus, _ row: Row) -> PlacedBalance {
        let kit = ColumnReader<KitPlaceColumn>(row)
        var view = BalanceView(
            sku: sku, location: LocationID(stored: kit.text(.location)), figures: Figures(), itemStatus: status,
            isEligible: kit.bool(.isEligible), version: 0, countedAt: nil, asOf: kit.requiredTimestamp(.now))
        view.kitsAvailable = kit.int8IfPresent(.kitsAvailable) ?? 0
        view.holdBack.threshold = kit.int8(.threshold)
        return place(view, ColumnReader(row, from: KitPlaceColumn.count))
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
