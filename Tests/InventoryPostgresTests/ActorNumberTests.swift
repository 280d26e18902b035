import Inventory
import InventoryPostgres
import InventoryService
import LibPQ
import TestSupport
import Testing

@Suite struct ActorNumberTests {
    private static func send(_ shop: TestShop, _ range: Range<Int>, by actor: ActorName) async throws {
        for number in range {
            _ = try await shop.facts.submit(
                source: SourceID(stored: "till"), lines: [FactLine.sale("\(actor)-\(number)").submitted],
                isAtomic: false, by: actor)
        }
    }

    @Test(arguments: PostgresBatchStore.WritePath.allCases)
    func `two processes that meet a name at one time give it one number`(
        path: PostgresBatchStore.WritePath
    ) async throws {
        try await withDatabase { database in
            try await withShop(on: database, path: path) { one async throws in
                try await withShop(on: database, path: path) { two async throws in
                    try await one.addItem("A")
                    try await one.addLocation("L")
                    let names = (0..<20).map { ActorName(stored: "person-\($0) via app") }
                    try await withThrowingTaskGroup(of: Void.self) { tasks in
                        for (index, name) in names.enumerated() {
                            for (shop, first) in [(one, 0), (two, 5)] {
                                tasks.addTask { try await Self.send(shop, first..<first + 5, by: name) }
                            }
                            // Some are nobody's.
                            if index % 5 == 0 {
                                tasks.addTask { try await one.send([.sale("open-\(index)")]) }
                            }
                        }
                        try await tasks.waitForAll()
                    }
                    #expect(try await one.count("actor") == 20)
                    let wrong = """
                        movement m left join actor a using (actor_id)
                        where case when m.event_id like 'open-%' then m.actor_id is not null
                                   else a.name is distinct from regexp_replace(m.event_id, '-[0-9]+$', '') end
                        """
                    #expect(try await one.count(wrong) == 0)
                    #expect(try await one.count("movement") == 204)
                    let proof = try await two.prove()
                    #expect(proof.isProved, "\(proof.summary)")
                }
            }
        }
    }

    @Test func `a line that names another actor than it was written with breaks the chain`() async throws {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            try await shop.addLocation("L")
            try await Self.send(shop, 0..<3, by: ActorName(stored: "maria via app"))
            #expect(try await shop.prove().isProved)
            try await shop.runSQL(
                "insert into actor (name) values ('eve'); update movement set actor_id = (select actor_id from actor where name = 'eve') where version = 2"
            )
            #expect(try await !shop.prove().isProved)
        }
    }
}
