/// What is taken from elsewhere when units of a promise that ships are not found: of an item just those, of a kit all of it,
/// since its parts come from one location.
package struct SoughtElsewhere: Sendable, Hashable {
    /// Units of one allocation.
    package struct Part: Sendable, Hashable {
        /// The index of the allocation.
        package let index: Int
        package var units: Int64
        /// Somebody has just looked for them in vain. The others belong to the same kits; where they are there, they are free
        /// once the kits are taken from elsewhere.
        package let isLost: Bool
    }

    /// Kits of one line at one location that lack a part.
    package struct Kits: Sendable, Hashable {
        /// The index of the line, whose components they are made of.
        package let line: Int
        package let count: Int64
        /// By component, what all of them have of it: what is lost first.
        package let parts: [[Part]]
    }

    package fileprivate(set) var kits: [Kits] = []
    /// Of items, and of kits of which other parts were handed over.
    package fileprivate(set) var parts: [Part] = []

    package var isEmpty: Bool { kits.isEmpty && parts.isEmpty }

    /// How much of an allocation is taken from elsewhere.
    package func units(of index: Int) -> Int64 {
        (parts + kits.lazy.flatMap(\.parts).joined()).reduce(0) { $1.index == index ? $0 + $1.units : $0 }
    }
}

/// Where kits of one line are.
struct KitAtLocation: Hashable {
    let line: Int
    let location: LocationID

    init(_ allocation: Allocation) {
        line = allocation.line
        location = allocation.location
    }
}

extension Reservation {
    /// - Parameter lost: units that were not found, by the index of their allocation, each of them once.
    package func soughtElsewhere(_ lost: [(index: Int, units: Int64)], at now: Timestamp) -> SoughtElsewhere {
        var sought = SoughtElsewhere()
        var seen: Set<KitAtLocation> = []
        for part in lost where part.units > 0 {
            let line = lines[allocations[part.index].line]
            guard line.method == .ship else { continue }
            guard !line.components.isEmpty else {
                sought.parts.append(.init(index: part.index, units: part.units, isLost: true))
                continue
            }
            let kit = KitAtLocation(allocations[part.index])
            if seen.insert(kit).inserted { add(kit, lost, at: now, to: &sought) }
        }
        return sought
    }

    /// The kits that lack something of what is lost, with what else they have; half a kit counts as one.
    private func add(
        _ kit: KitAtLocation, _ lost: [(index: Int, units: Int64)], at now: Timestamp, to sought: inout SoughtElsewhere
    ) {
        let components = lines[kit.line].components
        let lostHere = lost.filter { $0.units > 0 && KitAtLocation(allocations[$0.index]) == kit }
        let torn =
            components.map { component -> Int64 in
                let units = lostHere.reduce(Int64(0)) {
                    allocations[$1.index].sku == component.sku ? $0 + $1.units : $0
                }
                return (units + component.quantity - 1) / component.quantity
            }.max() ?? 0
        let parts = components.map { component -> [SoughtElsewhere.Part] in
            var parts = lostHere.filter { allocations[$0.index].sku == component.sku }
                .map { SoughtElsewhere.Part(index: $0.index, units: $0.units, isLost: true) }
            var missing = torn * component.quantity - parts.reduce(Int64(0)) { $0 + $1.units }
            // What was looked for before, in vain, first: it is better elsewhere too.
            let mates = allocations.indices.filter { index in
                let state = state(of: allocations[index], at: now)
                return KitAtLocation(allocations[index]) == kit && allocations[index].sku == component.sku
                    && (state == .notFound || state.after(.notFound) != nil)
            }
            let missed = mates.filter { allocations[$0].state == .notFound }
            for index in missed + mates.filter({ allocations[$0].state != .notFound }) where missing > 0 {
                let gone = lostHere.first { $0.index == index }?.units ?? 0
                let more = min(missing, open(allocations[index], at: now) - gone)
                guard more > 0 else { continue }
                parts.append(.init(index: index, units: more, isLost: false))
                missing -= more
            }
            return parts
        }
        // Of a kit of which a part was handed over, only the rest is promised still.
        let whole = zip(components, parts).map { $1.reduce(Int64(0)) { $0 + $1.units } / $0.quantity }.min() ?? 0
        var kits: [[SoughtElsewhere.Part]] = []
        for (component, all) in zip(components, parts) {
            var left = whole * component.quantity
            var taken: [SoughtElsewhere.Part] = []
            for part in all {
                let units = min(left, part.units)
                if units > 0 { taken.append(.init(index: part.index, units: units, isLost: part.isLost)) }
                if units < part.units, part.isLost {
                    sought.parts.append(.init(index: part.index, units: part.units - units, isLost: true))
                }
                left -= units
            }
            kits.append(taken)
        }
        if whole > 0 { sought.kits.append(.init(line: kit.line, count: whole, parts: kits)) }
    }
}
