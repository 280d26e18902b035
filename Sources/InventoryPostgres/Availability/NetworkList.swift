import Inventory
import InventoryService
import LibPQ

/// A page of items with what a network has of each, and how many there are in the asked band.
struct NetworkList {
    let network: NetworkFilter
    let list: ListFilter
    let page: PageRequest

    private var text: String? { list.text?.lowercased() }

    func answer(
        _ bands: NetworkBands, on session: Session
    ) throws(PQError) -> Found<Dated<Page<ItemAvailability>>> {
        let head = ColumnReader<NetworkColumn>(
            try session.query(.availabilityNetwork) {
                $0.network(network)
                $0.within(network.within)
            }[0])
        if head.bool(.isGroupUnknown) { return .failure(.group) }
        let asked = NetworkBands.Network(head, network)
        var inBand: NetworkBands.InBand?
        if let band = list.band { inBand = .init(band, try bands.current(asked, on: session)) }

        var exchange = Exchange()
        let rowsAt = exchange.add(.availabilityItems(list.band)) {
            $0.network(asked)
            $0.text(text)
            $0.int8s(ifPresent: inBand?.only)
            $0.int8s(ifPresent: inBand?.except)
            $0.page(page)
        }
        let total = page.includesTotal ? addTotal(inBand, to: &exchange) : nil
        let results = try session.run(exchange)
        let found = Page(page, results[rowsAt], total: total.map { $0(results) }) {
            ItemAvailability(ColumnReader($0))
        }
        return .success(Dated(found, asOf: head.requiredTimestamp(.now)))
    }

    /// Asks for what the total needs besides bands.
    private func addTotal(
        _ inBand: NetworkBands.InBand?, to exchange: inout Exchange
    ) -> ([Rows]) -> Int64 {
        guard let inBand else {
            let at = exchange.add(.askedItemCount) { $0.text(text) }
            return { $0[at][0].int8(0) }
        }
        if text != nil {
            let at = exchange.add(.askedItemNumbers) { $0.text(text) }
            return { inBand.count(of: $0[at][0].int8s(0)) }
        }
        if let count = inBand.count { return { _ in count } }
        let at = exchange.add(.itemCount)
        return { $0[at][0].int8(0) - inBand.countOfOthers }
    }
}
