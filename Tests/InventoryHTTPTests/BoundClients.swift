import Hummingbird
import Inventory
import Testing

extension TestServer {
    /// A server with stores L and M and item A, called by an operator, and by one who is bound to store M.
    static func runBound(
        sources: [String]? = nil,
        _ body: @escaping @Sendable (_ all: TestServer, _ bound: TestServer) async throws -> Void
    ) async throws {
        try await runAsking { server async throws in
            let all = server.with(try await server.key("ops", [.operator]))
            for location in ["L", "M"] {
                #expect(try await all.put("/v1/locations/\(location)", "{\"name\":\"\(location)\"}").status == 201)
            }
            #expect(try await all.put("/v1/items/A", "{\"name\":\"A\"}").status == 201)
            let bound = server.with(
                try await server.key("store-m", [.operator], locations: ["M"], sources: sources))
            try await body(all, bound)
        }
    }
}
