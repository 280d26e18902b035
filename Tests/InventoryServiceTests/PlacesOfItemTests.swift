import Inventory
import InventoryService
import Testing

@Suite struct PlacesOfItemTests {
    private func places(_ units: [Int32: Int64]) -> PlacesOfItem {
        PlacesOfItem(units.map { (location: LocationNumber($0.key), units: $0.value) })
    }

    @Test func `units are set, changed and taken away wherever their location stands`() {
        var there = places([5: 1, 2: 7, 9: 3])
        #expect(there.locations.map(\.rawValue) == [2, 5, 9])
        there[LocationNumber(1)] = 4
        there[LocationNumber(7)] = 6
        there[LocationNumber(11)] = 8
        there[LocationNumber(5)] = 0
        #expect(there == places([1: 4, 2: 7, 5: 0, 7: 6, 9: 3, 11: 8]))
        #expect(there.available == places([1: 4, 2: 7, 7: 6, 9: 3, 11: 8]), "what has come to nothing is not there")
        there[LocationNumber(9)] = nil
        there[LocationNumber(3)] = nil
        #expect(there == places([1: 4, 2: 7, 5: 0, 7: 6, 11: 8]))
        #expect([0, 2, 9, 12].map { there[LocationNumber($0)] } == [nil, 7, nil, nil])
    }

    @Test func `locations of several items are named once, in order`() {
        #expect([places([5: 1, 2: 7]), places([:]), places([5: 3, 1: 1])].locations.map(\.rawValue) == [1, 2, 5])
        #expect([PlacesOfItem]().locations.isEmpty)
    }
}
