package import Inventory

/// How many units of an item can be sold at each location that has some, in 12 bytes each. In the order of the locations, so that
/// those of several items are walked through side by side.
package struct PlacesOfItem: Sendable, Equatable {
    /// Ascending.
    package private(set) var locations: [LocationNumber] = []
    private var units: [Int64] = []

    package init() {}

    /// - Parameter stock: by location, each of them once.
    package init(_ stock: some Sequence<(location: LocationNumber, units: Int64)>) {
        for (location, units) in stock.sorted(by: { $0.location < $1.location }) {
            locations.append(location)
            self.units.append(units)
        }
    }

    package var count: Int { locations.count }
    package var isEmpty: Bool { locations.isEmpty }

    /// Nil where it is not said; nil takes it away.
    package subscript(location: LocationNumber) -> Int64? {
        get {
            let index = index(of: location)
            return index < count && locations[index] == location ? units[index] : nil
        }
        set {
            let index = index(of: location)
            let isThere = index < count && locations[index] == location
            switch (newValue, isThere) {
            case (let value?, true): units[index] = value
            case (let value?, false):
                locations.insert(location, at: index)
                units.insert(value, at: index)
            case (nil, true):
                locations.remove(at: index)
                units.remove(at: index)
            case (nil, false): break
            }
        }
    }

    /// Where it is, or would be.
    private func index(of location: LocationNumber) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if locations[middle] < location { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Those that have some.
    package var available: PlacesOfItem {
        guard units.contains(where: { $0 <= 0 }) else { return self }
        var available = PlacesOfItem()
        for (location, units) in zip(locations, units) where units > 0 {
            available.locations.append(location)
            available.units.append(units)
        }
        return available
    }

    /// Looks locations up that come in ascending order, which costs a step each.
    struct Walk {
        private let places: PlacesOfItem
        private var next = 0

        init(_ places: PlacesOfItem) { self.places = places }

        /// - Parameter location: no less than that of the call before.
        mutating func units(at location: LocationNumber) -> Int64 {
            while next < places.count, places.locations[next] < location { next += 1 }
            return next < places.count && places.locations[next] == location ? places.units[next] : 0
        }
    }
}

extension Sequence<PlacesOfItem> {
    /// All their locations, each once, ascending.
    package var locations: [LocationNumber] {
        var all = flatMap(\.locations)
        // Runs that ascend already, which sorting merges.
        all.sort()
        var last: LocationNumber?
        all.removeAll { location in
            defer { last = location }
            return location == last
        }
        return all
    }
}
