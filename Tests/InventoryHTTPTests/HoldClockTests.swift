import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Holds end by the clock of the database alone: no sweeper runs here.
@Suite struct HoldClockTests {
    @Test func `a hold is open while now is before expiresAt, and from then its units are free for everybody`()
        async throws
    {
        try await withStock(clock: .settable) { server async throws in
            let hold = try await server.reserve(lines: [("A", 5)], more: ",\"expiresInSeconds\":300")
            let id = try hold.id
            #expect(hold.json?["expiresAt"]?.string?.contains(".") == false)
            #expect(try await server.available("A") == 0)
            let before = try await server.get("/v1/availability/A/L")
            try await server.passExpiry(of: id)
            #expect(try await server.available("A") == 5)
            #expect(before.headers[.eTag] != nil)
            #expect(try await server.get("/v1/availability/A/L").headers[.eTag] != before.headers[.eTag])
            #expect(try await server.get("/v1/availability/A").json?["availableToSell"]?.integer == 8)
            let list = try await server.get("/v1/locations/L/availability?q=A")
            #expect(list.json?["availability"]?[0]?["availableToSell"]?.integer == 5)
            #expect(try await server.get("/v1/reservations/\(id)").json?["state"]?.string == "expired")
            #expect(
                try await server.get("/v1/reservations?state=held").json?["reservations"]?.elements?.isEmpty == true)
            // And a new hold takes them.
            #expect(try await server.reserve(lines: [("A", 5)]).status == 201)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `confirmed reservations do not expire`() async throws {
        try await withStock(clock: .settable) { server async throws in
            let answer = try await server.reserve(lines: [("A", 5)], more: ",\"confirm\":true")
            #expect(answer.json?["state"]?.string == "confirmed" && answer.json?["expiresAt"]?.isNull == true)
            let held = try await server.reserve(lines: [("B", 5)], more: ",\"expiresInSeconds\":300")
            let confirmed = try await server.act("confirm", try held.id)
            #expect(confirmed.json?["expiresAt"]?.isNull == true)
            try await server.shop.advanceClock(bySeconds: 302)
            #expect(try await server.available("B") == 0)
        }
    }

    @Test func `confirm of an expired hold takes the same units again if they are there`() async throws {
        try await withStock(clock: .settable) { server async throws in
            let id = try await server.reserve(lines: [("A", 3)], more: ",\"expiresInSeconds\":300").id
            try await server.passExpiry(of: id)
            #expect(try await server.act("confirm", id).json?["state"]?.string == "confirmed")
            #expect(try await server.available("A") == 2)
        }
    }

    @Test func `confirm or extend of an expired hold whose units are gone is refused with alternatives`() async throws {
        try await withStock(clock: .settable) { server async throws in
            let id = try await server.reserve(lines: [("A", 3)], more: ",\"expiresInSeconds\":300").id
            try await server.passExpiry(of: id)
            #expect(try await server.reserve(lines: [("A", 4)]).status == 201)
            let refused = try await server.act("confirm", id)
            #expect(refused.status == 409 && refused.code == "insufficientAvailability")
            #expect(refused.json?["alternatives"]?[0]?["location"]?.string == "M")
            let later = ISO8601DateFormatter().string(from: Date().addingTimeInterval(1_200))
            #expect(try await server.act("extend", id, "{\"expiresAt\":\"\(later)\"}").status == 409)
            #expect(try await server.get("/v1/reservations/\(id)").json?["state"]?.string == "expired")
        }
    }

    @Test func `a held reservation that lost its cover is confirmed only with acceptAtRisk`() async throws {
        try await withStock(clock: .settable) { server async throws in
            let id = try await server.reserve(lines: [("A", 4)]).id
            let sold = try await server.facts(sale("s", "A", at: "L", "3"))
            #expect(sold.json?["results"]?[0]?["verdict"]?.string == "appliedUncovered")
            let refused = try await server.act("confirm", id)
            #expect(refused.status == 409 && refused.code == "insufficientAvailability")
            let confirmed = try await server.act("confirm", id, "{\"acceptAtRisk\":true}")
            #expect(confirmed.json?["state"]?.string == "confirmed" && confirmed.json?["atRisk"]?.boolean == true)
        }
    }

    @Test func `extend puts the end of a hold off`() async throws {
        try await withStock(clock: .settable) { server async throws in
            let id = try await server.reserve(lines: [("A", 3)], more: ",\"expiresInSeconds\":300").id
            let later = ISO8601DateFormatter().string(from: Date().addingTimeInterval(1_200))
            let extended = try await server.act("extend", id, "{\"expiresAt\":\"\(later)\"}")
            #expect(extended.status == 200 && extended.json?["expiresAt"]?.string == later)
            #expect(extended.json?["renewals"]?.integer == 1)
            // The same again changes nothing.
            #expect(try await server.act("extend", id, "{\"expiresAt\":\"\(later)\"}").json?["renewals"]?.integer == 1)
            try await server.shop.advanceClock(bySeconds: 302)
            #expect(try await server.available("A") == 2)
        }
    }
}
