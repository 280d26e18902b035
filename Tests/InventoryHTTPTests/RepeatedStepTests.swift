import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// A step of what is there already, or further, answers 200 and changes nothing.
@Suite struct RepeatedStepTests {
    /// Sends it again, and compares version, time of change and feed.
    private func changesNothing(_ server: TestServer, _ name: String, _ id: String, _ body: String = "{}") async throws
    {
        let (before, start) = (try await server.get("/v1/reservations/\(id)"), try await server.feedEnd())
        let again = try await server.act(name, id, body)
        #expect(again.status == 200, "\(name): \(again.body)")
        for field in ["version", "renewals"] {
            #expect(again.json?[field]?.integer == before.json?[field]?.integer, "\(name): \(field)")
        }
        #expect(again.json?["pickup"]?.canonicalText == before.json?["pickup"]?.canonicalText, "\(name)")
        #expect(again.json?["claim"]?.canonicalText == before.json?["claim"]?.canonicalText, "\(name)")
        #expect(withoutPickNotes(again) == withoutPickNotes(before), "\(name)")
        #expect(try await server.events(after: start).isEmpty, "\(name)")
    }

    /// The lines but for names and bins, which only reads have.
    private func withoutPickNotes(_ answer: TestServer.Answer) -> String {
        (answer.json?["lines"]?.canonicalText ?? "?").replacing(/"(name|bin)":(null|"[^"]*"),?/, with: "")
    }

    @Test func `repeated confirm, ready, claim, arrive and move change nothing, and no event is sent`() async throws {
        try await withStock { server async throws in
            let answer = try await server.reserve(lines: [("A", 2)])
            let (id, allocation) = (try answer.id, try answer.allocation)
            #expect(try await server.act("move", id, "{\"location\":\"M\"}").status == 200)
            try await changesNothing(server, "move", id, "{\"location\":\"M\"}")
            try await changesNothing(
                server, "move", id, "{\"allocations\":[{\"id\":\"\(allocation)\"}],\"location\":\"M\"}")
            #expect(try await server.act("confirm", id).status == 200)
            try await changesNothing(server, "confirm", id)
            try await changesNothing(server, "confirm", id, "{\"allocations\":[{\"id\":\"\(allocation)\"}]}")
            #expect(try await server.act("claim", id, "{\"by\":\"Ada\",\"expiresInSeconds\":600}").status == 200)
            try await changesNothing(server, "claim", id, "{\"by\":\"Ada\",\"expiresInSeconds\":600}")
            try await changesNothing(server, "claim", id, "{\"by\":\"Ada\"}")
            #expect(try await server.act("ready", id).status == 200)
            for name in ["confirm", "ready"] { try await changesNothing(server, name, id) }
            try await changesNothing(server, "ready", id, "{\"lines\":[{\"id\":\"1\"}]}")
            #expect(try await server.act("arrive", id, "{\"place\":\"bay 4\"}").status == 200)
            try await changesNothing(server, "arrive", id, "{\"place\":\"bay 4\"}")
            try await changesNothing(server, "arrive", id)
            #expect(try await server.act("fulfil", id).status == 200)
            for name in ["confirm", "ready", "fulfil", "arrive"] { try await changesNothing(server, name, id) }
            try await changesNothing(server, "claim", id, "{\"by\":\"Ada\"}")
            try await changesNothing(server, "move", id, "{\"location\":\"M\"}")
            #expect(try await server.act("move", id, "{\"location\":\"L\"}").code == "illegalTransition")
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test(arguments: [("release", "fulfil"), ("fulfil", "release")])
    func `the rest of an order repeats too, where part of it went the other way`(first: String, rest: String)
        async throws
    {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 3)], more: ",\"confirm\":true").id
            let part = try await server.act(first, id, "{\"lines\":[{\"id\":\"1\",\"quantity\":1}]}", key: "part")
            #expect(part.status == 200, "\(part.body)")
            #expect(try await server.act(rest, id).status == 200)
            try await changesNothing(server, rest, id)
            #expect(try await server.get("/v1/availability/A/L").json?["onHand"]?.integer == (rest == "fulfil" ? 3 : 4))
        }
    }

    @Test func `what was all given back was not handed over, nor the other way round`() async throws {
        try await withStock { server async throws in
            for (done, other) in [("release", "fulfil"), ("fulfil", "release")] {
                let id = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
                #expect(try await server.act(done, id).status == 200)
                #expect(try await server.act(other, id).status == 409)
            }
        }
    }

    @Test func `a customer who drives to another bay keeps the time of arrival`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            let first = try await server.act("arrive", id, "{\"place\":\"bay 4\",\"note\":\"blue van\"}")
            let second = try await server.act("arrive", id, "{\"place\":\"bay 5\"}")
            let pickup = second.json?["pickup"]
            #expect(pickup?["place"]?.string == "bay 5" && pickup?["note"]?.string == "blue van", "\(second.body)")
            #expect(pickup?["arrivedAt"]?.string == first.json?["pickup"]?["arrivedAt"]?.string)
        }
    }

    @Test func `a claim goes on for as long again once less than half of it is left`() async throws {
        try await withStock(clock: .settable) { server async throws in
            let id = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            func end(_ body: String) async throws -> String? {
                try await server.act("claim", id, body).json?["claim"]?["expiresAt"]?.string
            }
            let first = try await end("{\"by\":\"Ada\"}")
            // Who asks for more gets it at once.
            let longer = try await end("{\"by\":\"Ada\",\"expiresInSeconds\":3600}")
            #expect(longer != first)
            try await server.shop.advanceClock(bySeconds: 3_000)
            #expect(try await end("{\"by\":\"Ada\"}") == longer)
            try await server.shop.advanceClock(bySeconds: 400)
            #expect(try await end("{\"by\":\"Ada\"}") != longer)
        }
    }
}
