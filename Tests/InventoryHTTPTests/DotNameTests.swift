import Foundation
import Hummingbird
import StrictJSON
import TestSupport
import Testing

/// `.` and `..` cannot be asked for by any client that normalises paths, so nothing new is called so.
@Suite struct DotNameTests {
    @Test(arguments: [".", ".."])
    func `nothing new is called so, by path, body or file, and what is there is still read`(name: String) async throws {
        try await withStock { server async throws in
            let path = name == "." ? "%2E" : "%2E%2E"
            for kind in ["items", "locations", "location-groups", "sources"] {
                let put = try await server.put("/v1/\(kind)/\(path)", "{\"name\":\"x\",\"locations\":[]}")
                #expect(put.status == 400, "\(kind): \(put.body)")
                #expect(put.body.contains("take out of a path"), "\(put.body)")
            }
            let source = try await server.facts(receipt("e", "A", "L", 1), source: name)
            #expect(source.pointers == ["/source"], "\(source.body)")
            let lines = try await server.facts(receipt("f", name, "L", 1), receipt("g", "A", name, 1))
            #expect(lines.verdicts == ["rejected", "rejected"], "\(lines.body)")
            let job = try await server.importFile("sku,name\n\(name),dots\n", "kind=items")
            #expect(job.importCounts["rejected"] == 1, "\(job)")
            try await server.shop.runSQL(
                "insert into item (sku, name, unit, status) values ('\(name)', 'old', 'each', 'active')")
            #expect(try await server.get("/v1/items/\(path)").json?["name"]?.string == "old")
            let found = try await server.get("/v1/items?sku=\(path)").json?["items"]?.elements
            #expect(found?.compactMap { $0["sku"]?.string } == [name])
            #expect(try await server.get("/v1/availability/\(path)/L").status == 200)
        }
    }
}
