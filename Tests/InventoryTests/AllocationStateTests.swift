import Foundation
import Inventory
import Testing

@Suite struct AllocationStateTests {
    @Test func `the table in the docs is the table of the code`() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../docs/reservations.md").standardizedFileURL
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(
            text.contains(AllocationState.transitionsDocument),
            "docs/reservations.md must hold this table:\n\(AllocationState.transitionsDocument)")
    }

    @Test func `every step leads from one row of the table to one state`() {
        var seen: Set<String> = []
        for row in AllocationState.transitions {
            #expect(seen.insert("\(row.from) \(row.event)").inserted, "\(row.from.name) \(row.event) stands twice")
            #expect(row.from.after(row.event) == row.to)
        }
        for state in AllocationState.allCases {
            for event in AllocationEvent.allCases where !seen.contains("\(state) \(event)") {
                #expect(state.after(event) == nil)
            }
        }
    }

    @Test func `what has ended stays ended, but for a hold whose units are taken again`() {
        for row in AllocationState.transitions where !row.from.isOpen && row.to.isOpen {
            #expect(row.from == .expired)
        }
    }

    @Test func `every open state can end, and every state is reached`() {
        for state in AllocationState.allCases where state.isOpen {
            #expect(AllocationState.transitions.contains { $0.from == state && !$0.to.isOpen })
        }
        for state in AllocationState.allCases where state != .held {
            #expect(AllocationState.transitions.contains { $0.to == state && $0.from != state })
        }
    }
}
