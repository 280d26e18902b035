import Foundation
import HTTPTypes
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Figures of days, each traced to what it counts.
@Suite struct KPITests {
    private static let zone = noonZone

    /// Days at `L` by its own clock: the test's own, and some before.
    private static func day(_ back: Int = 0) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: zone) ?? .gmt
        let date = calendar.date(byAdding: .day, value: -back, to: Date()) ?? Date()
        let parts = calendar.dateComponents([.year, .month, .day], from: date)
        return String(format: "%04d-%02d-%02d", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
    }

    /// What a figure counts, over all days around now.
    private static func evidence(_ server: TestServer, _ kpi: String, at location: String = "L") async throws
        -> [JSONValue]
    {
        var found: [JSONValue] = []
        for back in [4, 3, 2, 1, 0, -1] {
            var cursor: String?
            repeat {
                let path = "/v1/kpis/\(day(back))/\(location)/\(kpi)?limit=2\(cursor.map { "&cursor=\($0)" } ?? "")"
                let answer = try await server.get(path)
                #expect(answer.status == 200, "\(path): \(answer.body)")
                found += answer.json?["evidence"]?.elements ?? []
                cursor = answer.json?["nextCursor"]?.string
            } while cursor != nil
        }
        return found
    }

    /// The figures of `L` over the same days.
    private static func rows(_ server: TestServer, _ more: String = "&location=L") async throws -> [JSONValue] {
        var (rows, cursor): ([JSONValue], String?) = ([], nil)
        repeat {
            let path = "/v1/kpis?from=\(day(4))&to=\(day(-1))&limit=4\(more)\(cursor.map { "&cursor=\($0)" } ?? "")"
            let answer = try await server.get(path)
            #expect(answer.status == 200, "\(path): \(answer.body)")
            rows += answer.json?["kpis"]?.elements ?? []
            cursor = answer.json?["nextCursor"]?.string
        } while cursor != nil
        return rows
    }

    private static func sum(_ evidence: [JSONValue]) -> Int64 {
        evidence.reduce(0) { $0 + ($1["value"]?.integer ?? 0) }
    }

    private static func run(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await withStock(20) { server async throws in
            _ = try await server.patch(
                "/v1/locations/L", "{\"timeZone\":\"\(zone)\",\"leadTimeMinutes\":60,\"silenceLimitSeconds\":120}")
            try await body(server)
        }
    }

    @Test func `each figure of a day is traced to its lines, promises and silences`() async throws {
        try await Self.run { server async throws in
            let ready = try await server.reserve(lines: [("A", 3)], more: ",\"confirm\":true").id
            let caller = server.called(by: "backoffice", for: "ida")
            let cancelled = try await caller.reserve(lines: [("A", 2), ("B", 1)], more: ",\"confirm\":true").id
            let lost = try await server.reserve(lines: [("B", 4)], more: ",\"confirm\":true").id
            _ = try await server.reserve(lines: [("B", 1)], more: ",\"expiresInSeconds\":600")
            #expect(try await server.act("ready", ready).status == 200)
            #expect(try await server.act("fulfil", ready).status == 200)
            #expect(try await caller.act("release", cancelled, #"{"reason":"changed mind"}"#).status == 200)
            #expect(try await server.act("not-found", lost).status == 200)
            _ = try await server.facts(sale("over", "A", at: "L", "30"))
            let promised = try await server.reserve(lines: [("A", 2)], at: "M", more: ",\"confirm\":true")
            #expect(promised.status == 201)
            _ = try await server.facts(sale("takes cover", "A", at: "M", "2"))
            _ = try await server.facts(sale("over", "A", at: "L", "30"), sale("takes cover", "A", at: "M", "2"))
            _ = try await server.facts(sale("over", "A", at: "L", "30"))
            await server.shop.flushHeard()

            let picked = try await Self.evidence(server, "picked")
            #expect(picked.map { $0["reservation"]?.string } == [ready] && Self.sum(picked) == 3)
            #expect(try await Self.evidence(server, "timeToReady").compactMap { $0["value"]?.integer }.count == 1)
            #expect(Self.sum(try await Self.evidence(server, "readyOnTime")) == 1)
            let handedOver = try await Self.evidence(server, "handedOver")
            #expect(handedOver.map { $0["reservation"]?.string } == [ready] && Self.sum(handedOver) == 3)
            let released = try await Self.evidence(server, "cancelled")
            #expect(released.allSatisfy { $0["reservation"]?.string == cancelled } && Self.sum(released) == 3)
            #expect(released.allSatisfy { $0["actor"]?.string == "ida via backoffice" })
            let missing = try await Self.evidence(server, "notFound")
            #expect(missing.map { $0["reservation"]?.string } == [lost] && Self.sum(missing) == 4)
            let oversold = try await Self.evidence(server, "oversold", at: "M")
            #expect(oversold.map { $0["eventId"]?.string } == ["takes cover"] && Self.sum(oversold) == 1)
            let repeated = try await Self.evidence(server, "duplicates")
            #expect(repeated.map { $0["eventId"]?.string } == ["over"] && Self.sum(repeated) == 2)
            #expect(Self.sum(try await Self.evidence(server, "duplicates", at: "M")) == 1)

            // Whatever has a sequence is a line of the ledger, of that item and that place.
            let ledger = try await server.get("/v1/movements?location=L&limit=1000").json?["movements"]?.elements ?? []
            for line in handedOver + released + missing {
                let entry = ledger.first { $0["sequence"]?.integer == line["sequence"]?.integer }
                #expect(
                    entry?["sku"]?.string == line["sku"]?.string && entry?["occurredAt"]?.string == line["at"]?.string)
            }
            // The figures are their sums, counts and middle values.
            let rows = try await Self.rows(server)
            func total(_ name: String, _ field: String) -> Int64 {
                rows.reduce(0) { $0 + ($1[name]?[field]?.integer ?? 0) }
            }
            #expect(rows.count == 6 && rows.map { $0["closed"]?.boolean } == [true, true, true, true, false, false])
            #expect(total("timeToReady", "count") == 1 && total("readyOnTime", "onTime") == 1)
            #expect(total("notFound", "units") == 4 && total("notFound", "pickedUnits") == 3)
            #expect(total("fill", "handedOverUnits") == 3 && total("fill", "cancelledUnits") == 3)
            #expect(total("duplicates", "lines") == 2)
            let causes = rows.flatMap { $0["cancelledBy"]?.elements ?? [] }
            #expect(causes.map { $0["reason"]?.string } == ["changed mind"] && causes[0]["units"]?.integer == 3)
            // And the same as CSV, over all locations.
            let all = try await Self.rows(server, "")
            #expect(all.count == 12)
            let csv = try await server.get(
                "/v1/kpis?from=\(Self.day(4))&to=\(Self.day(-1))", headers: [.accept: "text/csv"])
            #expect(csv.body.split(separator: "\r\n").count == 13)
        }
    }

    @Test func `late data changes the figures of a day that is over, and says so`() async throws {
        try await Self.run { server async throws in
            let before = try await Self.rows(server)
            #expect(before.allSatisfy { $0["lateLines"]?.integer == 0 })
            let late = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 - 2.5 * 86_400) * 1_000_000)
            #expect(try await server.reserve(lines: [("A", 18)], more: ",\"confirm\":true").status == 201)
            let line = """
                {"eventId":"late","type":"sale","sku":"A","location":"L","quantity":5,"occurredAt":"\(late)"}
                """
            #expect(try await server.facts(line).verdicts == ["appliedUncovered"])
            let changed = try await Self.rows(server).filter { $0["lateLines"]?.integer == 1 }
            #expect(changed.count == 1 && changed[0]["oversold"]?["units"]?.integer == 3)
            let day = try #require(changed.first?["day"]?.string)
            #expect(changed[0]["closed"]?.boolean == true)
            let evidence = try await server.get("/v1/kpis/\(day)/L/oversold").json?["evidence"]?.elements ?? []
            #expect(evidence.map { $0["eventId"]?.string } == ["late"] && Self.sum(evidence) == 3)
            #expect(evidence[0]["at"]?.string == late.description)
            // So does a handover that is told late, whose line is Holdfast's own.
            let order = try await server.reserve(lines: [("B", 1)], more: ",\"confirm\":true")
            let id = try #require(order.json?["id"]?.string)
            let told = try await server.send(
                .post, "/v1/reservations/\(id)/fulfil", "{\"occurredAt\":\"\(late)\"}", headers: keyed("told late"))
            #expect(told.status == 200, "\(told.body)")
            let handedOver = try await server.get("/v1/kpis/\(day)/L/late").json?["evidence"]?.elements ?? []
            #expect(handedOver.compactMap { $0["reservation"]?.string } == [id])
        }
    }

    @Test func `a silence counts on the day on which it ends, until its last fact is there`() async throws {
        try await Self.run { server async throws in
            let now = Int64(Date().timeIntervalSince1970)
            try await server.shop.fallSilent("L", since: Timestamp(microseconds: (now - 3_600) * 1_000_000))
            let queued = Timestamp(microseconds: (now - 600) * 1_000_000)
            _ = try await server.facts(sale("back", "A", at: "L"))
            await server.shop.flushHeard()
            #expect(try await Self.evidence(server, "silences").map { $0["value"]?.integer } == [0])
            try await Task.sleep(for: .milliseconds(4_100))
            let line = """
                {"eventId":"queued","type":"sale","sku":"A","location":"L","quantity":1,"occurredAt":"\(queued)"}
                """
            _ = try await server.facts(line)
            let silences = try await Self.evidence(server, "silences")
            #expect(silences.count == 1 && silences[0]["eventId"]?.string == "queued")
            #expect((silences[0]["value"]?.integer ?? 0) >= 2)
            let rows = try await Self.rows(server).filter { $0["silences"]?["count"]?.integer == 1 }
            #expect(rows.count == 1)
            #expect(
                rows.first?["silences"]?["longestRecoverySeconds"]?.integer == silences[0]["value"]?.integer)
        }
    }

    @Test func `what cannot be asked for figures is refused`() async throws {
        try await Self.run { server async throws in
            #expect(try await server.get("/v1/kpis").parameters == ["from"])
            #expect(try await server.get("/v1/kpis?from=2026-01-01&to=2026-02-01").parameters == ["to"])
            #expect(try await server.get("/v1/kpis?from=2026-01-02&to=2026-01-01").parameters == ["to"])
            #expect(try await server.get("/v1/kpis?from=2026-01-01&location=X").code == "unknownReference")
            #expect(try await server.get("/v1/kpis?from=2026-01-01&group=X").code == "unknownReference")
            #expect(try await server.get("/v1/kpis/2026-01-01/X/late").status == 404)
            #expect(try await server.get("/v1/kpis/2026-01-01/L/margin").status == 404)
        }
    }
}
