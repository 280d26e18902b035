import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Lines of one count for one item add up, so one that cannot be read leaves the item as it was.
@Suite struct WholeItemCountTests {
    private func withCounted(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await withStock { server async throws in
            try await server.shop.addAlias("own", "A-1", "A")
            try await body(server)
        }
    }

    private func count(_ server: TestServer, _ event: String, _ lines: String, complete: Bool) async throws
        -> TestServer.Answer
    {
        try await server.post(
            "/v1/counts",
            "{\"source\":\"scanner\",\"eventId\":\"\(event)\",\"location\":\"L\",\"complete\":\(complete),\"lines\":[\(lines)]}"
        )
    }

    @Test(
        arguments: [
            "{\"sku\":\"A\",\"quantity\":\"x\"}", "{\"code\":\"A-1\",\"codeSystem\":\"own\",\"quantity\":\"x\"}",
            "{\"sku\":\"A\",\"code\":\"A-1\",\"quantity\":1}",
        ], [true, false])
    func `one line of an item that cannot be read takes the others with it`(bad: String, isComplete: Bool) async throws
    {
        try await withCounted { server async throws in
            let lines = "{\"sku\":\"A\",\"quantity\":1},{\"sku\":\"B\",\"quantity\":2},\(bad)"
            for _ in 0..<2 {
                let answer = try await count(server, "c", lines, complete: isComplete)
                #expect(answer.verdicts.count == 3 && answer.verdicts[0] == "rejected", "\(answer.body)")
                #expect(answer.verdicts[2] == "rejected")
                let problem = answer.json?["results"]?[0]?["problem"]
                #expect(
                    problem?["code"]?.string == "itemNotWhole"
                        && problem?["detail"]?.string?.hasPrefix("line 3") == true)
                #expect(answer.json?["leftAlone"]?.integer == 1)
                #expect(try await server.shop.onHand("A", "L") == 5)
                #expect(try await server.shop.onHand("B", "L") == 2)
            }
            let kept = try await server.get("/v1/exceptions?type=rejectedLine&location=L&sku=A")
            #expect(kept.json?["exceptions"]?.elements?.isEmpty == false, "\(kept.body)")
            let mended = try await count(
                server, "d", "{\"sku\":\"A\",\"quantity\":1},{\"sku\":\"A\",\"quantity\":3}", complete: false)
            #expect(mended.verdicts == ["applied", "applied"])
            #expect(try await server.shop.onHand("A", "L") == 4)
        }
    }

    @Test func `rows of a file are the same, wherever the one that cannot be read stands`() async throws {
        try await withCounted { server async throws in
            for (number, rows) in ["A,1\nB,2\nA,x", "A,x\nA,1\nB,2"].enumerated() {
                let job = try await server.importFile(
                    "sku,quantity,location,asOf,source\n"
                        + rows.split(separator: "\n").map { "\($0),L,2026-01-1\(number + 1)T20:00:00Z,file\n" }.joined(),
                    "kind=counts")
                #expect(job["state"]?.string == "done", "\(job)")
                #expect(job.importCounts["rejected"] == 2, "\(job.importCounts)")
                let report = try await server.report(job["id"]?.string)
                #expect(report.contains { $0["code"]?.string == "itemNotWhole" }, "\(report)")
                #expect(try await server.shop.onHand("A", "L") == 5)
            }
        }
    }
}
