import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Imports that somebody wants no more.
@Suite struct ImportCancelTests {
    private let file = Array("sku,name\nA,x\nB,y\n".utf8)

    private func cancel(_ server: TestServer, _ id: String) async throws -> TestServer.Answer {
        try await server.send(.post, "/v1/imports/\(id)/cancel")
    }

    @Test func `an import that waits is not run, and its body goes`() async throws {
        try await TestServer.run { server async throws in
            let id = try await server.sendFile(file, "kind=items").id
            for _ in 0..<2 {
                let cancelled = try await cancel(server, id)
                #expect(cancelled.status == 200 && cancelled.json?["state"]?.string == "cancelled", "\(cancelled.body)")
                #expect(cancelled.json?["finishedAt"]?.isNull == false)
            }
            #expect(try await server.imports.runNext() == false)
            #expect(try await server.imports.runAll() == 0)
            #expect(try await server.get("/v1/items/A").status == 404)
            #expect(try await server.shop.count("import_chunk") == 1)
            _ = try await server.imports.store.deleteStale(afterSeconds: 3_600)
            #expect(try await server.shop.count("import_chunk") == 0)
            #expect(try await server.get("/v1/imports/\(id)").json?["state"]?.string == "cancelled")
        }
    }

    @Test func `who works on it finds that it is not its own any more`() async throws {
        try await TestServer.run { server async throws in
            let id = try await server.sendFile(file, "kind=items").id
            let store = server.imports.store
            let job = try #require(try await store.claimNext(by: "one"))
            #expect(try await store.renew(job.id, by: "one"))
            #expect(try await cancel(server, id).json?["state"]?.string == "cancelled")
            #expect(try await store.renew(job.id, by: "one") == false)
            #expect(try await store.advance(job.id, to: job.progress, [], without: nil, by: "one") == false)
            #expect(try await store.finish(job.id, nil, by: "one") == false)
            try await store.release(job.id, afterSeconds: 0, by: "one")
            #expect(try await server.get("/v1/imports/\(id)").json?["state"]?.string == "cancelled")
        }
    }

    @Test func `one that is still arriving stays cancelled when it has come`() async throws {
        try await TestServer.run { server async throws in
            var reception = try await server.imports.receive(ImportOrder(kind: .items))
            #expect(try await cancel(server, reception.id.text).json?["state"]?.string == "cancelled")
            try await reception.write(file)
            guard case .accepted(let job) = try await reception.finish({ _ in nil }) else {
                Issue.record("it was not received")
                return
            }
            #expect(job.state == .cancelled)
            #expect(try await server.imports.runNext() == false)
        }
    }

    @Test func `what has come to its end stays as it is, and what is not there is not found`() async throws {
        try await TestServer.run { server async throws in
            let done = try await server.importFile(file, "kind=items")
            let id = try #require(done["id"]?.string)
            let late = try await cancel(server, id)
            #expect(late.status == 409 && late.code == "illegalTransition", "\(late.body)")
            #expect(try await server.get("/v1/imports/\(id)").json?["state"]?.string == "done")
            #expect(try await cancel(server, String(repeating: "0", count: 32)).status == 404)
            #expect(try await cancel(server, "none").status == 404)
        }
    }

    @Test func `all that wait are run, the one after the other`() async throws {
        try await TestServer.run { server async throws in
            for number in 0..<12 {
                _ = try await server.sendFile(Array("sku,name\nS\(number),x\n".utf8), "kind=items").id
            }
            #expect(try await server.imports.runAll() == 12)
            #expect(try await server.get("/v1/items?includeTotal=true").json?["total"]?.integer == 12)
            let states = try await server.get("/v1/imports").json?["imports"]?.elements?.compactMap {
                $0["state"]?.string
            }
            #expect(Set(states ?? []) == ["done"])
        }
    }
}
