import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// What is refused, and that nothing of it is left behind.
@Suite struct ReservationRefusalTests {
    @Test func `a store that is not active, not live or cannot do it is locationUnavailable`() async throws {
        try await withStock { server async throws in
            let changes: [@Sendable (inout Location) -> Void] = [
                { $0.status = .paused }, { $0.status = .closed }, { $0.mode = .shadow },
                { $0.capabilities = [.shipFrom] },
            ]
            for change in changes {
                try await server.shop.addLocation("L", change)
                let refused = try await server.reserve(lines: [("A", 1)])
                #expect(refused.status == 409 && refused.code == "locationUnavailable")
                #expect(refused.pointers == ["/location"])
            }
            try await server.shop.addLocation("L")
            #expect(try await server.reserve(lines: [("A", 1)]).status == 201)
        }
    }

    @Test func `fulfilling or releasing more than is open is illegalTransition and changes nothing`() async throws {
        try await withStock { server async throws in
            let answer = try await server.reserve(lines: [("A", 2)], more: ",\"confirm\":true")
            let (id, allocation) = (try answer.id, try answer.allocation)
            let body = "{\"allocations\":[{\"id\":\"\(allocation)\",\"quantity\":3}]}"
            for name in ["fulfil", "release", "ready", "not-found"] {
                let refused = try await server.act(name, id, body, key: name)
                #expect(refused.status == 409 && refused.code == "illegalTransition", "\(name): \(refused.body)")
            }
            #expect(try await server.get("/v1/reservations/\(id)").json?["version"]?.integer == 1)
        }
    }

    @Test func `an illegal step is illegalTransition and changes nothing`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 2)]).id
            for name in ["ready", "fulfil", "not-found"] {
                #expect(try await server.act(name, id).code == "illegalTransition", "\(name) of held")
            }
            _ = try await server.act("confirm", id)
            #expect(try await server.act("confirm", id).status == 200)
            let later = "{\"expiresAt\":\"2099-01-01T00:00:00Z\"}"
            #expect(try await server.act("extend", id, later).code == "illegalTransition")
            _ = try await server.act("fulfil", id)
            // What has gone further is not confirmed or packed again.
            for name in ["confirm", "ready"] { #expect(try await server.act(name, id).status == 200, "\(name)") }
            for name in ["release", "not-found"] {
                #expect(try await server.act(name, id).code == "illegalTransition", "\(name) of fulfilled")
            }
            #expect(try await server.get("/v1/reservations/\(id)").json?["version"]?.integer == 3)
        }
    }

    @Test func `the hoarding guard refuses with limitExceeded`() async throws {
        var holds = HoldLimits()
        (holds.unitsPerOwnerAndItem, holds.holdsPerOwner, holds.renewals, holds.holdSeconds) = (4, 2, 1, 600)
        holds.holdSecondsDefault = 300
        let limits = holds
        try await TestServer.run(holds: limits) { server async throws in
            try await server.shop.addItem("A")
            for location in ["L", "M"] { try await server.shop.addLocation(location) }
            _ = try await server.facts(receipt("1", "A", "L", 50), receipt("2", "A", "M", 50))
            let mine = ",\"owner\":\"cart\""
            let id = try await server.reserve(lines: [("A", 3)], more: mine).id
            // Of one item everywhere together.
            #expect(try await server.reserve(lines: [("A", 2)], at: "M", more: mine).code == "limitExceeded")
            #expect(try await server.reserve(lines: [("A", 1)], at: "M", more: mine).status == 201)
            #expect(try await server.reserve(lines: [("A", 2)], more: ",\"owner\":\"other\"").status == 201)
            // A hold in place of his own is no more.
            #expect(try await server.reserve(lines: [("A", 3)], more: mine + ",\"replaces\":\"\(id)\"").status == 201)
            #expect(try await server.reserve(lines: [("A", 1)], more: mine).code == "limitExceeded")
            // What is confirmed is not hoarded.
            #expect(try await server.reserve(lines: [("A", 9)], more: mine + ",\"confirm\":true").status == 201)
            #expect(
                try await server.reserve(lines: [("A", 1)], more: ",\"expiresInSeconds\":601").code == "limitExceeded")
            let hold = try await server.reserve(lines: [("A", 1)]).id
            let time = { (seconds: Double) in ISO8601DateFormatter().string(from: Date().addingTimeInterval(seconds)) }
            #expect(try await server.act("extend", hold, "{\"expiresAt\":\"\(time(700))\"}").code == "limitExceeded")
            #expect(try await server.act("extend", hold, "{\"expiresAt\":\"\(time(200))\"}").status == 200)
            #expect(try await server.act("extend", hold, "{\"expiresAt\":\"\(time(400))\"}").code == "limitExceeded")
        }
    }

    @Test func `the guard holds on every way to more units`() async throws {
        var holds = HoldLimits()
        (holds.unitsPerOwnerAndItem, holds.holdsPerOwner) = (4, 2)
        let limits = holds
        try await TestServer.run(holds: limits, clock: .settable) { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            _ = try await server.facts(receipt("1", "A", "L", 50))
            let mine = ",\"owner\":\"cart\""
            let first = try await server.reserve(lines: [("A", 2)], more: mine + ",\"expiresInSeconds\":300").id
            let second = try await server.reserve(lines: [("A", 1)], more: mine).id
            let more = "{\"lines\":[{\"id\":\"1\",\"sku\":\"A\",\"quantity\":3}]}"
            #expect(try await server.put("/v1/reservations/\(second)/lines", more).code == "limitExceeded")
            try await server.passExpiry(of: first)
            #expect(try await server.put("/v1/reservations/\(second)/lines", more).status == 200)
            let later = ISO8601DateFormatter().string(from: Date().addingTimeInterval(600))
            #expect(try await server.act("extend", first, "{\"expiresAt\":\"\(later)\"}").code == "limitExceeded")
            // A promise is no hold.
            #expect(try await server.act("confirm", first).status == 200)
        }
    }

    @Test func `a hold that is confirmed in part can be extended and confirmed as a whole`() async throws {
        try await withStock { server async throws in
            let answer = try await server.reserve(lines: [("A", 1), ("B", 1)])
            let (id, allocation) = (try answer.id, try answer.allocation)
            _ = try await server.act("confirm", id, "{\"allocations\":[{\"id\":\"\(allocation)\"}]}")
            _ = try await server.act("ready", id, "{\"allocations\":[{\"id\":\"\(allocation)\"}]}")
            let later = ISO8601DateFormatter().string(from: Date().addingTimeInterval(600))
            #expect(try await server.act("extend", id, "{\"expiresAt\":\"\(later)\"}").status == 200)
            #expect(try await server.act("confirm", id).json?["state"]?.string == "confirmed")
        }
    }

    @Test func `a hold that ended is no change that an expected version would mind`() async throws {
        try await withStock(clock: .settable) { server async throws in
            let id = try await server.reserve(lines: [("A", 1)], more: ",\"expiresInSeconds\":300").id
            try await server.passExpiry(of: id)
            let version = try #require(try await server.get("/v1/availability/A/L").json?["version"]?.integer)
            let line =
                "{\"eventId\":\"x\",\"type\":\"adjustment\",\"sku\":\"A\",\"location\":\"L\",\"delta\":1,"
                + "\"reason\":\"r\",\"expectedVersion\":\(version)}"
            #expect(try await server.facts(line).verdicts == ["applied"])
        }
    }

    @Test func `what is unknown or cannot be meant is refused with a pointer, and nothing is half done`() async throws {
        try await withStock { server async throws in
            func refused(_ body: String, _ status: Int, _ code: String, _ pointer: String?) async throws {
                let answer = try await server.reserve(body)
                #expect(answer.status == status && answer.code == code, "\(body): \(answer.body)")
                if let pointer { #expect(answer.pointers.contains(pointer), "\(body): \(answer.body)") }
            }
            let line = "{\"sku\":\"A\",\"quantity\":1}"
            try await refused(
                "{\"method\":\"pickup\",\"location\":\"X\",\"lines\":[\(line)]}", 422, "unknownReference", "/location")
            try await refused(
                "{\"method\":\"pickup\",\"location\":\"L\",\"lines\":[{\"sku\":\"Z\",\"quantity\":1}]}", 422,
                "unknownReference", "/lines/0/sku")
            try await refused(
                "{\"method\":\"pickup\",\"location\":\"L\",\"lines\":[{\"id\":\"a\",\"sku\":\"A\",\"quantity\":1},"
                    + "{\"id\":\"a\",\"sku\":\"B\",\"quantity\":1}]}", 400, "invalidRequest", "/lines/1/id")
            for quantity in ["0", "-1", "1.5", "1000000001"] {
                try await refused(
                    "{\"method\":\"pickup\",\"location\":\"L\",\"lines\":[{\"sku\":\"A\",\"quantity\":\(quantity)}]}",
                    400,
                    "invalidRequest", "/lines/0/quantity")
            }
            try await refused(
                "{\"method\":\"pickup\",\"location\":\"L\",\"expiresInSeconds\":0,\"lines\":[\(line)]}", 400,
                "invalidRequest",
                "/expiresInSeconds")
            try await refused(
                "{\"method\":\"pickup\",\"location\":\"L\",\"expiresInSeconds\":86401,\"lines\":[\(line)]}", 422,
                "limitExceeded", nil)
            try await refused("{\"method\":\"pickup\",\"lines\":[\(line)]}", 400, "invalidRequest", "/lines/0/location")
            try await refused(
                "{\"method\":\"pickup\",\"location\":\"L\",\"lines\":[]}", 400, "invalidRequest", "/lines")
            try await refused(
                "{\"method\":\"pickup\",\"location\":\"L\",\"color\":1,\"lines\":[\(line)]}", 400, "invalidRequest",
                "/color")
            try await refused(
                "{\"method\":\"pickup\",\"location\":\"L\",\"replaces\":\"x\",\"lines\":[\(line)]}", 400,
                "invalidRequest",
                "/replaces")
            #expect(try await server.shop.count("reservation") == 0)
            #expect(try await server.get("/v1/reservations/nope").status == 404)
            #expect(try await server.act("confirm", "01a1fe13-cd3f-7824-b8e4-51883050bbeb").status == 404)
            let id = try await server.reserve(lines: [("A", 1)]).id
            #expect(try await server.act("extend", id, "{\"expiresAt\":\"2020-01-01T00:00:00Z\"}").status == 400)
            #expect(try await server.act("move", id, "{\"location\":\"X\"}").code == "unknownReference")
            let stranger = "{\"allocations\":[{\"id\":\"01a1fe13-cd3f-7824-b8e4-51883050bbeb.1\"}]}"
            #expect(try await server.act("confirm", id, stranger).pointers == ["/allocations/0/id"])
        }
    }
}
