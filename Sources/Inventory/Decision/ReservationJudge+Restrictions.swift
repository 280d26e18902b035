/// What is not sold everywhere, through every channel or in every way.
extension BatchDecision {
    /// The restriction that keeps goods of one location, or a part of them, from being promised so; nil where there is none.
    func restriction(of goods: Goods, for channel: Channel?, by method: FulfilmentMethod) -> StockRule? {
        let kit =
            goods.isKit ? goods.parts.first.map { BalanceKey(item: goods.number, location: $0.name.key.location) } : nil
        return ([kit].compactMap(\.self) + goods.parts.map(\.name.key)).lazy
            .compactMap { promises.restriction(of: $0, for: channel, by: method) }.first
    }

    /// - Returns: the refusal that names it.
    func restriction(
        of goods: Goods, for channel: Channel?, by method: FulfilmentMethod, pointer: String
    ) -> ReservationRefusal? {
        restriction(of: goods, for: channel, by: method).map {
            .saleRestricted(
                $0.id, pointer: pointer, $0.refusal(of: goods.sku, at: goods.location, for: channel, by: method))
        }
    }
}

extension StockRule {
    /// Why it keeps an item from being promised, for a person.
    fileprivate func refusal(
        of sku: SKU, at location: LocationID, for channel: Channel?, by method: FulfilmentMethod
    ) -> String {
        let way = scope.method == nil ? "" : " for \(method.rawValue)"
        let through = scope.channel.map { " through channel '\($0)'" } ?? ""
        let until = validity.to.map { " until \($0)" } ?? ""
        return "'\(sku)' is not sold\(way)\(through) at location '\(location)'\(until): sale restriction '\(id)'; "
            + "choose another location, method or item"
    }
}
