import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// What an order system says about a reservation: its own number, and short texts.
@Suite("An order's reference and attributes") struct OrderReferenceTests {
    private func attributes(_ answer: TestServer.Answer) -> [String: String] {
        let members = answer.json?["attributes"]?.members ?? []
        return Dictionary(
            members.compactMap { member in member.value.string.map { (member.name.string ?? "", $0) } }
        ) { first, _ in first }
    }

    private func told(_ event: JSONValue) -> String {
        "\(event["type"]?.string ?? "") \(event["data"]?["state"]?.string ?? "")"
    }

    private func listed(_ server: TestServer, _ reference: String) async throws -> Int? {
        try await server.get("/v1/reservations?reference=\(reference)").json?["reservations"]?.elements?.count
    }

    @Test func `confirm brings the order's number, and lists, the ledger and the feed have it at once`() async throws {
        try await withStock { server async throws in
            let hold = try await server.reserve(
                lines: [("A", 1)], more: ",\"reference\":\"CART-1\",\"attributes\":{\"kind\":\"web\"}")
            let id = try hold.id
            #expect(attributes(hold) == ["kind": "web"], "\(hold.body)")
            let start = try await server.feedEnd()
            let order = "{\"reference\":\"WEB-1\",\"attributes\":{\"gift\":\"yes\"}}"
            let confirmed = try await server.act("confirm", id, order)
            #expect(confirmed.status == 200 && confirmed.json?["reference"]?.string == "WEB-1", "\(confirmed.body)")
            #expect(attributes(confirmed) == ["kind": "web", "gift": "yes"])
            #expect(try await listed(server, "WEB-1") == 1)
            #expect(try await listed(server, "CART-1") == 0)
            let events = try await server.events(after: start, "&types=reservation.*")
            #expect(events.map(told) == ["reservation.confirmed confirmed", "reservation.changed confirmed"])
            #expect(events.last?["data"]?["reference"]?.string == "WEB-1")
            let line = try await server.get("/v1/movements?sku=A&location=L").json?["movements"]?.elements?.last
            #expect(line?["type"]?.string == "confirm" && line?["reference"]?.string == "WEB-1")

            // The same again changes nothing, and neither does a repeat that says nothing of it.
            for body in [order, "{}", "{\"reference\":null,\"attributes\":null}"] {
                let again = try await server.act("confirm", id, body)
                #expect(again.status == 200 && again.json?["version"]?.integer == 2, "\(again.body)")
            }
            // A new number is taken, whatever state it is in by then.
            _ = try await server.act("fulfil", id)
            let late = try await server.act("confirm", id, "{\"reference\":\"WEB-2\"}")
            #expect(late.json?["reference"]?.string == "WEB-2" && late.json?["state"]?.string == "fulfilled")
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `PATCH changes what it names, in any state, and null takes it away`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 1)], more: ",\"reference\":\"R\"").id
            _ = try await server.act("release", id)
            let start = try await server.feedEnd()
            let patched = try await server.patchReservation(id, "{\"attributes\":{\"a\":\"1\",\"b/c\":\"2\"}}")
            #expect(patched.status == 200 && patched.json?["reference"]?.string == "R", "\(patched.body)")
            #expect(attributes(patched) == ["a": "1", "b/c": "2"] && patched.json?["state"]?.string == "released")
            let merged = try await server.patchReservation(
                id, "{\"reference\":\"S\",\"attributes\":{\"a\":null,\"d\":\"3\",\"none\":null}}")
            #expect(attributes(merged) == ["b/c": "2", "d": "3"] && merged.json?["reference"]?.string == "S")
            let read = try await server.get("/v1/reservations/\(id)")
            #expect(attributes(read) == ["b/c": "2", "d": "3"])
            #expect(try await listed(server, "S") == 1)
            let cleared = try await server.patchReservation(id, "{\"reference\":null,\"attributes\":null}")
            #expect(cleared.json?["reference"]?.isNull == true && attributes(cleared).isEmpty)
            #expect(cleared.json?["version"]?.integer == 5)
            for same in ["{}", "{\"reference\":null}", "{\"attributes\":{\"gone\":null}}"] {
                #expect(try await server.patchReservation(id, same).json?["version"]?.integer == 5, "\(same)")
            }
            let names = try await server.events(after: start).map(told)
            #expect(!names.isEmpty && Set(names) == ["reservation.changed released"], "\(names)")
        }
    }

    @Test func `of two who patch what they read, the later one is told`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 1)]).id
            let tag = try #require(try await server.get("/v1/reservations/\(id)").headers[.eTag])
            let first = try await server.patchReservation(id, "{\"reference\":\"one\"}", ifMatch: tag)
            #expect(first.status == 200 && first.headers[.eTag] == "\"2\"", "\(first.body)")
            let second = try await server.patchReservation(id, "{\"reference\":\"two\"}", ifMatch: tag)
            #expect(second.status == 412 && second.code == "preconditionFailed", "\(second.body)")
            #expect(try await server.patchReservation(id, "{\"reference\":\"two\"}", ifMatch: "*").status == 200)
        }
    }

    @Test func `what cannot be meant is refused with a pointer, and changes nothing`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 1)]).id
            let many = (0...20).map { "\"n\($0)\":\"x\"" }.joined(separator: ",")
            let long = String(repeating: "x", count: 201)
            for (body, pointer) in [
                ("{\"owner\":\"me\"}", "/owner"), ("{\"reference\":5}", "/reference"),
                ("{\"attributes\":[]}", "/attributes"), ("{\"attributes\":{\(many)}}", "/attributes"),
                ("{\"attributes\":{\"a\":1}}", "/attributes/a"), ("{\"attributes\":{\"a\":\"\"}}", "/attributes/a"),
                ("{\"attributes\":{\"a\":\"\(long)\"}}", "/attributes/a"),
                ("{\"attributes\":{\"a\":\"1\",\"a\":\"2\"}}", "/attributes/a"),
            ] {
                let answer = try await server.patchReservation(id, body)
                #expect(answer.status == 400 && answer.pointers == [pointer], "\(body): \(answer.body)")
            }
            let null = try await server.act("confirm", id, "{\"attributes\":{\"a\":null}}")
            #expect(null.status == 400 && null.pointers == ["/attributes/a"], "\(null.body)")
            let full = (0..<20).map { "\"n\($0)\":\"x\"" }.joined(separator: ",")
            #expect(try await server.patchReservation(id, "{\"attributes\":{\(full)}}").status == 200)
            let beyond = try await server.patchReservation(id, "{\"attributes\":{\"more\":\"x\"}}")
            #expect(beyond.status == 422 && beyond.code == "limitExceeded", "\(beyond.body)")
            let json = try await server.send(.patch, "/v1/reservations/\(id)", "{\"reference\":\"x\"}")
            #expect(json.status == 415 && json.code == "unsupportedMediaType", "\(json.body)")
            #expect(try await server.get("/v1/reservations/\(id)").json?["version"]?.integer == 2)
            let unknown = "018f0000-0000-7000-8000-000000000000"
            #expect(try await server.patchReservation(unknown, "{}").status == 404)
        }
    }
}
