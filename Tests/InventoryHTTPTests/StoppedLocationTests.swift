import Hummingbird
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// A location that is stopped keeps its promises, and people are told of them.
@Suite struct StoppedLocationTests {
    private static let stops = [#"{"status":"paused"}"#, #"{"status":"closed"}"#, #"{"mode":"shadow"}"#]

    @Test(arguments: stops)
    func `stopping a location says how many promises are open there and opens one exception`(
        stop: String
    ) async throws {
        try await withStock { server async throws in
            #expect(try await server.get("/v1/locations/L").json?["openPromises"]?.integer == 0)
            let order = try await server.reserve(lines: [("A", 2), ("B", 1)], more: ",\"confirm\":true")
            _ = try await server.reserve(lines: [("A", 1)])
            _ = try await server.reserve(lines: [("A", 1)], at: "M")
            let stopped = try await server.patch("/v1/locations/L", stop)
            #expect(stopped.status == 200)
            #expect(stopped.json?["openPromises"]?.integer == 2)
            let open = try await server.stops()
            #expect(open.count == 1)
            #expect(open.first?["location"]?.string == "L")
            #expect(open.first?["priority"]?.string == "high")
            #expect(open.first?["detail"]?.string?.contains("2 orders and holds") == true)
            // Nothing that was promised is refused.
            #expect(try await server.act("fulfil", order.id).status == 200)
            #expect(try await server.get("/v1/locations/L").json?["openPromises"]?.integer == 1)
            #expect(try await server.get("/v1/locations").json?["locations"]?[0]?["openPromises"]?.integer == 1)
        }
    }

    @Test func `a PUT stops it alike, and stopping it otherwise is the same exception`() async throws {
        try await withStock { server async throws in
            _ = try await server.reserve(lines: [("A", 1)])
            let put = try await server.put("/v1/locations/L", #"{"name":"L","status":"paused"}"#)
            #expect(put.json?["openPromises"]?.integer == 1)
            let first = try await server.stops()
            #expect(first.count == 1)
            _ = try await server.patch("/v1/locations/L", #"{"status":"closed"}"#)
            let second = try await server.stops()
            #expect(second.map { $0["id"]?.string } == first.map { $0["id"]?.string })
            #expect(second.first?["detail"]?.string?.contains("closed") == true)
        }
    }

    @Test func `its exception proposes where each could be kept, as move takes it`() async throws {
        try await withStock { server async throws in
            _ = try await server.put(
                "/v1/items/set", #"{"name":"Set","components":[{"sku":"A","quantity":2},{"sku":"B","quantity":1}]}"#)
            _ = try await server.facts(receipt("in/B/M", "B", "M", 3))
            let kit = try await server.reserve(lines: [("set", 1)], more: ",\"confirm\":true")
            let single = try await server.reserve(lines: [("A", 1)])
            _ = try await server.patch("/v1/locations/L", #"{"status":"paused"}"#)
            let link = try #require(try await server.stops().first?["links"]?[0]?["href"]?.string)
            #expect(link == "/v1/reservations?location=L&state=open&proposals=true")
            let listed = try #require(try await server.get(link).json?["reservations"]?.elements)
            #expect(listed.count == 2)
            for reservation in listed {
                let id = try #require(reservation["id"]?.string)
                let proposal = try #require(reservation["proposals"]?[0])
                #expect(proposal["location"]?.string == "M")
                let parts = proposal["allocations"]?.elements ?? []
                #expect(parts.count == (id == (try kit.id) ? 2 : 1))
                let moved = try await server.act(
                    "move", id, String(decoding: proposal.raw, as: UTF8.self), key: "move-\(id)")
                #expect(moved.status == 200, "\(moved.body)")
            }
            #expect(
                try await server.get("/v1/reservations/\(single.id)").lines.first?["allocations"]?.elements?
                    .contains { $0["location"]?.string == "M" && $0["state"]?.string == "held" } == true)
            #expect(try await server.get("/v1/locations/L").json?["openPromises"]?.integer == 0)
            #expect(try await server.get("/v1/reservations?proposals=true").parameters == ["proposals"])
        }
    }

    @Test func `it closes by itself when nothing is open there any more, a hold that ran out too`() async throws {
        try await withStock(clock: .settable) { server async throws in
            let hold = try await server.reserve(lines: [("A", 1)])
            let order = try await server.reserve(lines: [("B", 1)], more: ",\"confirm\":true")
            _ = try await server.patch("/v1/locations/L", #"{"status":"paused"}"#)
            let sweep = StoppedLocationSweep(store: server.shop.exceptions.store)
            #expect(try await sweep.pass().items == 0)
            #expect(try await server.act("release", order.id).status == 200)
            #expect(try await sweep.pass().items == 0)
            try await server.passExpiry(of: hold.id)
            #expect(try await sweep.pass().items == 1)
            #expect(try await server.stops().isEmpty)
            let closed = try await server.get("/v1/exceptions?status=resolved&type=stoppedLocation").json
            let resolution = closed?["exceptions"]?[0]?["resolution"]?.string
            #expect(resolution == "closed by itself: nothing is open there any more")
        }
    }

    @Test func `it closes by itself when the location sells again, and none opens where nothing is promised`()
        async throws
    {
        try await withStock { server async throws in
            _ = try await server.patch("/v1/locations/M", #"{"status":"paused"}"#)
            #expect(try await server.stops().isEmpty)
            _ = try await server.reserve(lines: [("A", 1)])
            _ = try await server.patch("/v1/locations/L", #"{"status":"paused"}"#)
            #expect(try await server.stops().count == 1)
            _ = try await server.patch("/v1/locations/L", #"{"status":null}"#)
            #expect(try await server.stops().isEmpty)
        }
    }
}

extension TestServer {
    fileprivate func stops() async throws -> [JSONValue] {
        try await get("/v1/exceptions?type=stoppedLocation").json?["exceptions"]?.elements ?? []
    }
}
