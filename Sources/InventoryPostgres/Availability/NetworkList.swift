import Inventory
import InventoryService
import LibPQ

/// A page of items with what a network has of each, and how many there are in the asked band.
struct NetworkList {
    let network: NetworkFilter
    let list: ListFilter
    let page: PageRequest

    private var text: String? { list.text?.lowercased() }

    typealias Answer = Found<Dated<Page<ItemAvailability>>>

    /// Attempts to begin after what is remembered was seen.
    private static let attemptsMax = 3

    /// Its rows and its total are of one snapshot.
    func answer(_ bands: NetworkBands, on session: Session) throws(PQError) -> Answer {
        for _ in 1..<Self.attemptsMax {
            let found = try session.inSnapshot { session throws(PQError) in
                try read(bands, looksAtAll: false, on: session)
            }
            if let found { return found }
        }
        let found = try session.inSnapshot { session throws(PQError) in try read(bands, looksAtAll: true, on: session) }
        guard let found else { preconditionFailure("what looks at all items has an answer") }
        return found
    }

    /// - Parameter looksAtAll: if need be.
    /// - Returns: nil where another list that began later has ended sooner: then a new snapshot costs less than a look at all items.
    private func read(
        _ bands: NetworkBands, looksAtAll: Bool, on session: Session
    ) throws(PQError) -> Answer? {
        let head = ColumnReader<NetworkColumn>(
            try session.query(.availabilityNetwork) {
                $0.network(network)
                $0.within(network.within)
            }[0])
        if head.bool(.isGroupUnknown) { return .failure(.group) }
        let asked = NetworkBands.Network(head, network)
        var inBand: NetworkBands.InBand?
        if list.band != nil, !looksAtAll, bands.isAhead(of: head.requiredTimestamp(.now), in: asked) { return nil }
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
            return { $0[at][0].only.int8 }
        }
        if text != nil {
            let at = exchange.add(.askedItemNumbers) { $0.text(text) }
            return { inBand.count(of: $0[at][0].only.int8s) }
        }
        if let count = inBand.count { return { _ in count } }
        let at = exchange.add(.itemCount)
        return { $0[at][0].only.int8 - inBand.countOfOthers }
    }
}
