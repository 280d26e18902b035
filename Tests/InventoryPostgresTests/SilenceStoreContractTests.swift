import Foundation
import Inventory
import InventoryService
import TestSupport
import Testing

/// What every store of silence promises (see `BatchStoreContractTests`).
@Suite struct SilenceStoreContractTests {
    /// A store, and how a test arranges what was heard in it.
    private struct Arranged: Sendable {
        let store: any SilenceStore
        let add: @Sendable (_ id: String, _ heardSecondsAgo: Int64) async throws -> Void
        let hear: @Sendable (String) async throws -> Void
        let pause: @Sendable (String) async throws -> Void

        static func run(_ kind: Ports.Kind, _ body: @escaping @Sendable (Arranged) async throws -> Void) async throws {
            switch kind {
            case .inMemory:
                let store = InMemorySilenceStore()
                try await body(
                    Arranged(
                        store: store, add: { store.add($0, heardSecondsAgo: $1) }, hear: { store.hear($0) },
                        pause: { store.change($0) { ($0.isActive, $0.version) = (false, $0.version + 1) } }))
            case .postgres:
                try await withShop { shop in
                    @Sendable func setHeard(_ id: String, secondsAgo: Int64) async throws {
                        try await shop.runSQL(
                            """
                            insert into location_heard (location_id, source_id, heard_at, heard_through)
                            select location_id, 0, at, at
                            from location, lateral (select clock_timestamp() - interval '\(secondsAgo) seconds' as at) t
                            where id = '\(id)'
                            on conflict (location_id, source_id) do update set heard_at = excluded.heard_at;
                            """)
                    }
                    try await body(
                        Arranged(
                            store: shop.silenceStore,
                            add: { id, secondsAgo in
                                try await shop.addLocation(id)
                                try await setHeard(id, secondsAgo: secondsAgo)
                            },
                            hear: { try await setHeard($0, secondsAgo: 0) },
                            pause: { id in try await shop.addLocation(id) { $0.status = .paused } }))
                }
            }
        }

        func quiet(after: LocationNumber? = nil, limit: Int = 10) async throws -> [QuietLocation] {
            try await store.quiet(limitSeconds: 120, after: after, limit: limit).value
        }
    }

    private func silence(of location: QuietLocation) -> SilenceChange {
        SilenceChange(
            number: location.number, version: location.version, heardAt: location.heardAt,
            silentSince: location.heardAt, lagSeconds: 0, detail: "nothing was heard")
    }

    @Test(arguments: Ports.Kind.allCases)
    func `who was not heard for the limit is found page by page, and who is silent stays there`(
        _ kind: Ports.Kind
    ) async throws {
        try await Arranged.run(kind) { arranged in
            for (id, ago) in [("A", 600), ("B", 10), ("C", 600), ("D", 600)] as [(String, Int64)] {
                try await arranged.add(id, ago)
            }
            let first = try await arranged.quiet(limit: 2)
            #expect(first.map(\.id.text) == ["A", "C"])
            #expect(try await arranged.quiet(after: first[1].number).map(\.id.text) == ["D"])
            #expect(try await arranged.store.write([silence(of: first[0])]) == 1)
            #expect(try await arranged.store.heardAgain(limit: 9).isEmpty)
            try await arranged.hear("A")
            #expect(try await arranged.quiet().map(\.id.text) == ["A", "C", "D"])
            #expect(try await arranged.store.heardAgain(limit: 9).map(\.id.text) == ["A"])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a judgement is written once, and not where it is out of date`(_ kind: Ports.Kind) async throws {
        try await Arranged.run(kind) { arranged in
            for id in ["A", "B", "C"] { try await arranged.add(id, 600) }
            let judged = try await arranged.quiet()
            try await arranged.hear("B")
            try await arranged.pause("C")
            #expect(try await arranged.store.write(judged.map(silence)) == 1)
            #expect(try await arranged.store.write(judged.map(silence)) == 0)
            let now = try await arranged.quiet()
            #expect(now.map(\.id.text) == ["A"])
            #expect(now[0].silentSince == judged[0].heardAt)
            #expect(try await arranged.store.write([SilenceChange(heard: now[0])]) == 1)
            #expect(try await arranged.quiet().map(\.silentSince) == [nil])
        }
    }
}

extension SilenceChange {
    fileprivate init(heard location: QuietLocation) {
        self.init(
            number: location.number, version: location.version, heardAt: location.heardAt, silentSince: nil,
            lagSeconds: 0, detail: "")
    }
}
