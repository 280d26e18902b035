import Hummingbird
import HummingbirdTesting
import InventoryHTTP
import StrictJSON
import Testing

/// Every `GET` answers `HEAD` (RFC 9110, section 9.3.2): the same status and headers, and no body.
@Suite struct HeadTests {
    @Test func `HEAD answers as GET does, without the body`() async throws {
        try await TestServer.run { server async throws in
            _ = try await server.put("/v1/items/A", "{\"name\":\"A\"}")
            _ = try await server.put("/v1/locations/L", "{\"name\":\"L\"}")
            for path in [
                "/v1/items/A", "/v1/items", "/v1/availability/A/L", "/v1/availability/A", "/v1/locations", "/v1/events",
                "/openapi.yaml", "/health/live", "/v1/items/NONE", "/v1/nothing", "/v1/availability/A?nonsense=1",
            ] {
                let get = try await server.get(path)
                let head = try await server.send(.head, path)
                #expect(head.status == get.status, "\(path)")
                #expect(head.body.isEmpty, "\(path) \(head.body)")
                #expect(head.headers[.contentType] == get.headers[.contentType], "\(path)")
                #expect(head.headers[.eTag] == get.headers[.eTag], "\(path)")
                // An instant is a digit longer or shorter from one answer to the next.
                guard get.json?["asOf"] == nil else { continue }
                #expect(head.headers[.contentLength] == get.headers[.contentLength], "\(path)")
            }
        }
    }

    @Test func `HEAD of a long answer holds no place, and leaves the connection usable`() async throws {
        try await TestServer.run { server async throws in
            for path in ["/v1/availability-snapshot", "/v1/event-stream"] {
                for _ in 0..<2 * StreamSlots.slotsMax {
                    let head = try await server.send(.head, path)
                    #expect(head.status == 200 && head.body.isEmpty, "\(path) \(head.status)")
                }
            }
            #expect(try await server.get("/v1/availability-snapshot").status == 200)
        }
    }

    @Test func `a path without a GET has no HEAD`() async throws {
        try await TestServer.run { server async throws in
            let answer = try await server.send(.head, "/v1/availability-queries")
            #expect(answer.status == 405)
            #expect(answer.headers[.allow] == "POST")
        }
    }
}
