import Hummingbird
import TestSupport
import Testing

@Suite struct SecurityHeaderTests {
    @Test func `every answer keeps browsers and caches to what is meant`() async throws {
        try await TestServer.run { server async throws in
            for path in ["/health/live", "/v1/items", "/v1/items/none", "/nowhere", "/docs", "/openapi.yaml"] {
                let answer = try await server.get(path)
                #expect(answer.headers[.init("X-Content-Type-Options") ?? .accept] == "nosniff", "\(path)")
                #expect(answer.headers[.init("X-Frame-Options") ?? .accept] == "DENY", "\(path)")
                #expect(answer.headers[.cacheControl] == "no-store", "\(path)")
                // Nobody was reached over TLS here.
                #expect(answer.headers[.strictTransportSecurity] == nil, "\(path)")
            }
            let unreadable = try await server.post("/v1/movements", "{")
            #expect(unreadable.headers[.cacheControl] == "no-store")
            // What says more of itself keeps it.
            _ = try await server.put("/v1/items/A", "{\"name\":\"A\"}")
            _ = try await server.put("/v1/locations/L", "{\"name\":\"L\"}")
            let figure = try await server.get("/v1/availability/A/L")
            #expect(figure.headers[.cacheControl] == "private, no-cache")
            let band = try await server.get("/v1/storefront/availability/A")
            #expect(band.headers[.cacheControl]?.hasPrefix("public") == true)
        }
    }
}
