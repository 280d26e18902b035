/// Parts of a kit stay together until they are handed over: what moves or is given back is whole kits.
extension BatchDecision {
    /// The parts that are asked for, and what their kits have besides, at the same location. Half a kit counts as one.
    func wholeKits(of chosen: [Chosen], _ event: AllocationEvent, _ reservation: Reservation) -> [Chosen] {
        var units: [Int: Int64] = [:]
        for part in chosen { units[part.index, default: 0] += part.units }
        var order = chosen.map(\.index)
        var seen: Set<KitAtLocation> = []
        for part in chosen {
            let kit = KitAtLocation(reservation.allocations[part.index])
            guard !reservation.lines[kit.line].components.isEmpty, seen.insert(kit).inserted else { continue }
            let components = reservation.lines[kit.line].components
            let mates = reservation.allocations.indices.filter { index in
                let allocation = reservation.allocations[index]
                return KitAtLocation(allocation) == kit && reservation.open(allocation, at: now) > 0
                    && reservation.state(of: allocation, at: now).after(event) != nil
            }
            let kits =
                components.map { component -> Int64 in
                    let asked = mates.filter { reservation.allocations[$0].sku == component.sku }
                        .reduce(0) { $0 + (units[$1] ?? 0) }
                    return (asked + component.quantity - 1) / component.quantity
                }.max() ?? 0
            for component in components {
                let those = mates.filter { reservation.allocations[$0].sku == component.sku }
                var missing = kits * component.quantity - those.reduce(0) { $0 + (units[$1] ?? 0) }
                // What was asked for first, then the rest in its order; parts that were handed over are gone.
                for index in those.filter({ units[$0] != nil }) + those.filter({ units[$0] == nil }) where missing > 0 {
                    let more = min(missing, reservation.allocations[index].remaining - (units[index] ?? 0))
                    guard more > 0 else { continue }
                    if units.updateValue((units[index] ?? 0) + more, forKey: index) == nil { order.append(index) }
                    missing -= more
                }
            }
        }
        return order.map { Chosen(index: $0, units: units[$0] ?? 0) }
    }
}
