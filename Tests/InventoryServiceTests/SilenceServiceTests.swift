import Inventory
import InventoryService
import TestSupport
import Testing

/// Who is judged silent, over a store in memory in which others write between a judgement and its writing.
@Suite struct SilenceServiceTests {
    private let store = InMemorySilenceStore()
    private var service: SilenceService { SilenceService(store: store, limitSeconds: 120) }

    @Test func `a chain of stores that all fall silent is written down whole, and once`() async throws {
        // More than two steps.
        for number in 0..<2_500 { store.add("L\(number)", heardSecondsAgo: 121) }
        for number in 0..<10 { store.add("heard \(number)", heardSecondsAgo: 119) }
        #expect(try await service.sweep() == 2_500)
        #expect(store.silentCount == 2_500)
        #expect(try await service.sweep() == 0)
        for number in 0..<1_200 { store.hear("L\(number)") }
        #expect(try await service.settleHeard() == 1_000)
        #expect(try await service.settleHeard() == 200)
        #expect(try await service.settleHeard() == 0)
        #expect(store.silentCount == 1_300)
    }

    @Test func `a location's own limit goes before the usual one, and a paused location is not silent`() async throws {
        store.add("patient", heardSecondsAgo: 3_000, limitSeconds: 3_600)
        store.add("hasty", heardSecondsAgo: 60, limitSeconds: 30)
        store.add("paused", heardSecondsAgo: 3_000, isActive: false)
        #expect(try await service.sweep() == 1)
        #expect(store.location("hasty")?.silentSince == store.location("hasty")?.heardAt)
        store.change("hasty") { $0.isActive = false }
        #expect(try await service.sweep() == 1)
        #expect(store.silentCount == 0)
    }

    @Test func `units are held back for a silence only where that is asked for`() async throws {
        store.add("buffered", heardSecondsAgo: 600, hasLagBuffer: true)
        store.add("plain", heardSecondsAgo: 600)
        #expect(try await service.sweep() == 2)
        #expect(try #require(store.location("buffered")).lagSeconds > 0)
        #expect(store.location("plain")?.lagSeconds == 0)
        store.change("buffered") { $0.hasLagBuffer = false }
        #expect(try await service.sweep() == 1)
        #expect(store.location("buffered")?.lagSeconds == 0)
        #expect(store.location("buffered")?.silentSince != nil)
    }

    @Test func `who is heard while it is judged is not silent`() async throws {
        store.add("L", heardSecondsAgo: 600)
        store.add("M", heardSecondsAgo: 600)
        store.beforeWrite { $0.hear("L") }
        #expect(try await service.sweep() == 1)
        #expect(store.location("L")?.silentSince == nil)
        #expect(store.location("M")?.silentSince != nil)
    }

    @Test func `who was changed while it was judged is judged anew`() async throws {
        store.add("L", heardSecondsAgo: 600)
        store.beforeWrite { store in
            store.change("L") { ($0.limitSeconds, $0.version) = (3_600, 2) }
        }
        #expect(try await service.sweep() == 0)
        #expect(try await service.sweep() == 0)
        #expect(store.silentCount == 0)
    }
}
