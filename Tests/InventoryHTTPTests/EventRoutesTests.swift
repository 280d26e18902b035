import Foundation
import Hummingbird
import Inventory
import InventoryPostgres
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// The feed as a client reads it.
@Suite struct EventRoutesTests {
    @Test func `a sale is told as a movement, and what it did to availability and bands`() async throws {
        try await withStock { server async throws in
            let start = try await server.feedEnd()
            _ = try await server.facts(sale("s/1", "A", at: "M", "3"))
            let events = try await server.events(after: start)
            #expect(
                events.map(\.told) == [
                    "inventory.movement.recorded A/M sale v2", "inventory.availability.changed A/M 0 out v2",
                    "inventory.band.changed A/M inStock>out",
                ])
            let movement = try #require(events.first)
            #expect(movement["specversion"]?.string == "1.0")
            #expect(movement["datacontenttype"]?.string == "application/json")
            #expect(movement["partitionkey"]?.string == "A")
            #expect(movement["data"]?["eventId"]?.string == "s/1")
            #expect(movement["data"]?["source"]?.string == "till")
            #expect(movement["data"]?["units"]?.integer == -3)
            // The movement is as the ledger's own list shows it.
            let listed = try await server.get("/v1/movements?sku=A&location=M")
            let line = try #require(listed.json?["movements"]?[1])
            for name in ["chain", "recordedAt", "occurredAt", "type"] {
                #expect(line[name]?.string == movement["data"]?[name]?.string)
            }
            #expect(line["sequence"]?.integer == movement["data"]?["sequence"]?.integer)
        }
    }

    @Test func `the end of a hold is told, though nobody wrote anything`() async throws {
        try await withStock(clock: .settable) { server async throws in
            let id = try await server.reserve(
                lines: [("A", 5)], more: ",\"expiresInSeconds\":60"
            ).id
            let start = try await server.feedEnd()
            try await server.passExpiry(of: id)
            #expect(
                try await server.events(after: start).map(\.told) == [
                    "inventory.availability.changed A/L 5 inStock v2", "inventory.band.changed A/L out>inStock",
                ])
            let next = try await server.feedEnd()
            _ = try await ReservationSweep(reservations: server.shop.reservations).pass()
            let told = try await server.events(after: next).map(\.told)
            #expect(
                told == [
                    "inventory.movement.recorded A/L expiry v3", "reservation.expired expired",
                    "inventory.availability.changed A/L 5 inStock v3",
                ])
        }
    }

    @Test func `a rule that begins and ends, a status and a recall are told of every balance that they are about`()
        async throws
    {
        try await withStock { server async throws in
            func told(_ change: () async throws -> TestServer.Answer) async throws -> [String] {
                let start = try await server.feedEnd()
                let status = try await change().status
                #expect((200..<300).contains(status))
                return try await server.events(after: start).map(\.told)
            }
            #expect(
                try await told {
                    try await server.put("/v1/safety-stock-rules/s", "{\"scope\":{\"location\":\"L\"},\"quantity\":4}")
                } == [
                    "inventory.availability.changed A/L 1 inStock v1",
                    "inventory.availability.changed B/L 1 inStock v1",
                ])
            #expect(
                try await told {
                    try await server.put("/v1/thresholds/t", "{\"scope\":{\"sku\":\"B\"},\"quantity\":2}")
                }
                    == [
                        "inventory.availability.changed B/L 1 low v1", "inventory.band.changed B/L inStock>low",
                        "inventory.band.changed B network inStock>low",
                    ])
            #expect(
                try await told { try await server.send(.delete, "/v1/safety-stock-rules/s") } == [
                    "inventory.availability.changed A/L 5 inStock v1",
                    "inventory.availability.changed B/L 5 inStock v1", "inventory.band.changed B/L low>inStock",
                    "inventory.band.changed B network low>inStock",
                ])
            #expect(
                try await told {
                    try await server.put("/v1/items/A", "{\"name\":\"A\",\"status\":\"stopSale\"}")
                } == [
                    "inventory.availability.changed A/L 0 out v1", "inventory.availability.changed A/M 0 out v1",
                    "inventory.band.changed A/L inStock>out", "inventory.band.changed A/M inStock>out",
                    "inventory.band.changed A network inStock>out",
                ])
            #expect(
                try await told {
                    try await server.put("/v1/locations/L", "{\"name\":\"L\",\"status\":\"paused\"}")
                } == [
                    "inventory.availability.changed A/L 0 out v1", "inventory.availability.changed B/L 0 out v1",
                    "inventory.band.changed B/L inStock>out", "inventory.band.changed B network inStock>out",
                ])
        }
    }

    @Test func `a kit is told with its components, and a group's network by itself`() async throws {
        try await withStock { server async throws in
            _ = try await server.put(
                "/v1/items/SET",
                "{\"name\":\"set\",\"components\":[{\"sku\":\"A\",\"quantity\":2},{\"sku\":\"B\",\"quantity\":1}]}")
            _ = try await server.put(
                "/v1/location-groups/web", "{\"name\":\"web\",\"channel\":\"web\",\"locations\":[\"M\"]}")
            let start = try await server.feedEnd()
            _ = try await server.facts(sale("s/1", "A", at: "L", "4"), sale("s/2", "A", at: "M", "3"))
            #expect(
                Set(try await server.events(after: start).map(\.told)) == [
                    "inventory.movement.recorded A/L sale v2", "inventory.movement.recorded A/M sale v2",
                    "inventory.availability.changed A/L 1 inStock v2", "inventory.availability.changed A/M 0 out v2",
                    "inventory.availability.changed SET/L 0 out v-", "inventory.band.changed A/M inStock>out",
                    "inventory.band.changed SET/L inStock>out", "inventory.band.changed A web inStock>out",
                    "inventory.band.changed SET network inStock>out",
                ])
        }
    }

    @Test func `a network follows its group's members, and others stay as they were told`() async throws {
        try await withStock { server async throws in
            func told(_ members: [String]) async throws -> [String] {
                let start = try await server.feedEnd()
                let list = members.map { "\"\($0)\"" }.joined(separator: ",")
                _ = try await server.put("/v1/location-groups/north", "{\"name\":\"north\",\"locations\":[\(list)]}")
                return try await server.events(after: start).map(\.told)
            }
            #expect(try await told(["M"]) == ["inventory.band.changed A north out>inStock"])
            #expect(
                try await told(["L", "M"]) == ["inventory.band.changed B north out>inStock"])
            #expect(try await told(["M"]) == ["inventory.band.changed B north inStock>out"])
            #expect(try await told([]) == ["inventory.band.changed A north inStock>out"])
            // Of more places than are looked through one by one.
            let many = (1...11).map { "P\($0)" }
            for place in many { _ = try await server.put("/v1/locations/\(place)", "{\"name\":\"\(place)\"}") }
            #expect(
                try await told(many + ["L"]) == [
                    "inventory.band.changed A north out>inStock", "inventory.band.changed B north out>inStock",
                ])
            let start = try await server.feedEnd()
            _ = try await server.put(
                "/v1/safety-stock-rules/s", "{\"scope\":{\"group\":\"north\"},\"quantity\":5}")
            #expect(
                try await server.events(after: start).map(\.told) == [
                    "inventory.availability.changed A/L 0 out v1", "inventory.availability.changed B/L 0 out v1",
                    "inventory.band.changed A/L inStock>out", "inventory.band.changed B/L inStock>out",
                    "inventory.band.changed A north inStock>out", "inventory.band.changed B north inStock>out",
                    "inventory.band.changed B network inStock>out",
                ])
        }
    }

    @Test func `the band of a kit follows what one channel may take of its parts`() async throws {
        try await withStock { server async throws in
            _ = try await server.put(
                "/v1/items/SET",
                "{\"name\":\"set\",\"components\":[{\"sku\":\"A\",\"quantity\":3},{\"sku\":\"B\",\"quantity\":1}]}")
            _ = try await server.put(
                "/v1/location-groups/web", "{\"name\":\"web\",\"channel\":\"web\",\"locations\":[\"L\"]}")
            func told(_ change: () async throws -> TestServer.Answer) async throws -> [String] {
                let start = try await server.feedEnd()
                let status = try await change().status
                #expect((200..<300).contains(status))
                return try await server.events(after: start).map(\.told).filter { $0.contains("band.changed") }
            }
            // Kept from the web alone: nobody else sees a change.
            let rule = "{\"scope\":{\"sku\":\"B\",\"channel\":\"web\"},\"quantity\":5}"
            #expect(
                try await told { try await server.put("/v1/safety-stock-rules/s", rule) } == [
                    "inventory.band.changed B web inStock>out", "inventory.band.changed SET web inStock>out",
                ])
            #expect(
                try await told { try await server.send(.delete, "/v1/safety-stock-rules/s") } == [
                    "inventory.band.changed B web out>inStock", "inventory.band.changed SET web out>inStock",
                ])
            // Two of A stay for others: the web makes a set less of them, though there are as many as before for everybody.
            _ = try await server.put(
                "/v1/safety-stock-rules/s", "{\"scope\":{\"sku\":\"A\",\"channel\":\"web\"},\"quantity\":1}")
            #expect(
                try await told { try await server.facts(sale("s/1", "A", at: "L", "2")) } == [
                    "inventory.band.changed SET web inStock>out"
                ])
        }
    }

    @Test func `the end of a rule that had ended long before is told to nobody`() async throws {
        try await withStock { server async throws in
            _ = try await server.put(
                "/v1/ring-fences/f",
                "{\"scope\":{\"sku\":\"A\",\"channel\":\"web\"},\"quantity\":2,\"validTo\":\"2020-01-01T00:00:00Z\"}")
            let start = try await server.feedEnd()
            #expect(try await server.send(.delete, "/v1/ring-fences/f").status == 204)
            #expect(try await server.events(after: start).map(\.told).isEmpty)
        }
    }

    @Test func `a pickup order is told from the hold to the handover, with what it is now`() async throws {
        try await withStock { server async throws in
            let start = try await server.feedEnd()
            let id = try await server.reserve(lines: [("A", 2)], more: ",\"owner\":\"ida\"").id
            for step in ["confirm", "ready", "arrive"] { #expect(try await server.act(step, id, "{}").status == 200) }
            #expect(try await server.act("fulfil", id, "{}").status == 200)
            let other = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            #expect(try await server.act("release", other, "{}").status == 200)
            let events = try await server.events(after: start, "&types=reservation.*")
            #expect(
                events.map(\.told) == [
                    "reservation.created fulfilled", "reservation.confirmed fulfilled", "reservation.ready fulfilled",
                    "reservation.arrived fulfilled", "reservation.fulfilled fulfilled", "reservation.created released",
                    "reservation.confirmed released", "reservation.released released",
                ])
            #expect(Set(events.compactMap { $0["subject"]?.string }) == [id, other])
            #expect(events[0]["data"]?["lines"]?[0]?["sku"]?.string == "A")
        }
    }

    @Test func `a promise that loses its cover is told, and again when it has it back`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 4)], more: ",\"confirm\":true").id
            let start = try await server.feedEnd()
            _ = try await server.facts(sale("s/1", "A", at: "L", "3"))
            #expect(
                try await server.events(after: start, "&types=reservation.*").map(\.told)
                    == ["reservation.atRisk confirmed"])
            _ = try await server.facts(receipt("r/1", "A", "L", 9))
            let events = try await server.events(after: start, "&types=reservation.*")
            #expect(events.map(\.told) == ["reservation.atRisk confirmed", "reservation.covered confirmed"])
            #expect(events[0]["subject"]?.string == id)
        }
    }

    @Test func `transfers, counts, exceptions and supply are told`() async throws {
        try await withStock { server async throws in
            let start = try await server.feedEnd()
            let transfer = try await server.send(
                .post, "/v1/transfers",
                "{\"from\":\"L\",\"to\":\"M\",\"lines\":[{\"id\":\"1\",\"sku\":\"A\",\"quantity\":2}]}",
                headers: keyed("t"))
            let id = try transfer.id
            func step(_ name: String, _ body: String) async throws {
                let answer = try await server.post("/v1/transfers/\(id)/\(name)", body)
                #expect(answer.status == 200, "\(answer.body)")
            }
            let lines = "\"lines\":[{\"id\":\"1\",\"quantity\":1}]"
            try await step("ship", "{\"source\":\"wms\",\"eventId\":\"ship\",\(lines)}")
            try await step("receive", "{\"source\":\"wms\",\"eventId\":\"receive\",\(lines)}")
            try await step("close", "{\"reason\":\"done\"}")
            _ = try await server.post(
                "/v1/counts",
                "{\"source\":\"till\",\"eventId\":\"c\",\"location\":\"M\",\"lines\":[{\"sku\":\"A\",\"quantity\":4}]}")
            _ = try await server.facts(sale("u/1", "UNKNOWN"))
            _ = try await server.put("/v1/items/UNKNOWN", "{\"name\":\"now known\"}")
            _ = try await server.put(
                "/v1/expected-supply/po-1",
                "{\"sku\":\"A\",\"location\":\"L\",\"quantity\":5,\"expectedAt\":\"2099-01-01T00:00:00Z\"}")
            _ = try await server.send(.delete, "/v1/expected-supply/po-1")
            let events = try await server.events(
                after: start, "&types=transfer.*,count.*,exception.*,supply.*,location.*")
            #expect(
                events.compactMap { $0["type"]?.string } == [
                    "transfer.created", "transfer.shipped", "transfer.received", "transfer.closed", "count.recorded",
                    "exception.opened", "exception.resolved", "supply.changed", "supply.changed",
                ])
            #expect(events[0]["data"]?["state"]?.string == "closed")
            let count = try #require(events[4]["data"])
            #expect(count["eventId"]?.string == "c")
            let shown = try await server.get("/v1/counts/\(count["id"]?.string ?? "")").json
            #expect(count.canonicalText == shown?.canonicalText)
            #expect(count["lines"]?.elements?.first?["quantity"]?.integer == 4)
            #expect(events[6]["data"]?["status"]?.string == "resolved")
            // It was withdrawn by the time it is read.
            #expect(events[7]["data"]?["id"]?.string == "po-1")
        }
    }

    @Test func `a store that falls silent and is heard again is told, and what is held back for it`() async throws {
        try await withStock(20) { server async throws in
            _ = try await server.put(
                "/v1/locations/L", "{\"name\":\"L\",\"silenceLimitSeconds\":300,\"lagBuffer\":true}")
            _ = try await server.facts(sale("s/1", "A", at: "L", "5"))
            var start = try await server.feedEnd()
            let hourAgo = Timestamp(microseconds: (Int64(Date().timeIntervalSince1970) - 3_600) * 1_000_000)
            try await server.shop.fallSilent("L", since: hourAgo)
            let silent = try await server.events(after: start)
            #expect(
                silent.compactMap { $0["type"]?.string } == [
                    "location.silent", "exception.opened", "inventory.availability.changed",
                ])
            #expect(silent[0]["data"]?["location"]?.string == "L")
            #expect(silent[0]["data"]?["silentSince"]?.string == hourAgo.description)
            #expect(
                silent[2]["data"]?["safetyStock"]?.integer == 15 - (silent[2]["data"]?["availableToSell"]?.integer ?? 0)
            )
            #expect(silent[2]["data"]?["availableToSell"]?.integer == (try await server.available("A")))
            start = try await server.feedEnd()
            _ = try await server.facts(sale("s/2", "B", at: "L"))
            await server.shop.flushHeard()
            let heard = try await server.events(after: start)
            #expect(heard.contains { $0["type"]?.string == "location.heard" })
            let last = heard.last {
                $0["type"]?.string == "inventory.availability.changed" && $0["subject"]?.string == "A/L"
            }
            #expect(last?["data"]?["availableToSell"]?.integer == 15)
        }
    }
}

extension TestServer {
    /// Behind all that is committed now.
    func feedEnd() async throws -> String {
        var cursor = "0"
        while true {
            let page = try await get("/v1/events?after=\(cursor)&limit=1000")
            cursor = try #require(page.json?["nextCursor"]?.string, "\(page.body)")
            if page.json?["hasMore"]?.boolean == false { return cursor }
        }
    }

    /// All events behind a cursor.
    func events(after cursor: String, _ filter: String = "", size: Int = 200) async throws -> [JSONValue] {
        var (events, cursor): ([JSONValue], String) = ([], cursor)
        while true {
            let page = try await get("/v1/events?after=\(cursor)&limit=\(size)\(filter)")
            let found = try #require(page.json?["events"]?.elements, "\(page.body)")
            #expect(found.count <= size)
            events += found
            cursor = try #require(page.json?["nextCursor"]?.string)
            if page.json?["hasMore"]?.boolean != true { return events }
        }
    }
}

extension JSONValue {
    /// What a reader of a test needs to see of an event.
    var told: String {
        guard let type = self["type"]?.string, let data = self["data"] else { return "" }
        let subject = self["subject"]?.string ?? ""
        let version = data["version"]?.integer.map { "\($0)" } ?? "-"
        switch type {
        case "inventory.movement.recorded": return "\(type) \(subject) \(data["type"]?.string ?? "") v\(version)"
        case "inventory.availability.changed":
            return
                "\(type) \(subject) \(data["availableToSell"]?.integer ?? -1) \(data["band"]?.string ?? "") v\(version)"
        case "inventory.band.changed":
            let place =
                data["group"]?.string.map { "\(subject) \($0)" }
                ?? (data["location"]?.string == nil ? "\(subject) network" : subject)
            return "\(type) \(place) \(data["previousBand"]?.string ?? "")>\(data["band"]?.string ?? "")"
        default: return "\(type) \(data["state"]?.string ?? "")"
        }
    }
}
