import Foundation
import Hummingbird
import StrictJSON
import Testing

/// Requests with odd headers, parameters and names: refused or answered as the contract says, never a 500.
@Suite struct OddRequestTests {
    @Test func `a precondition that names nothing is refused`() async throws {
        try await TestServer.run { server async throws in
            #expect(try await server.put("/v1/items/A", "{\"name\":\"A\"}").status == 201)
            #expect(try await server.put("/v1/locations/L", "{\"name\":\"L\"}").status == 201)
            for empty in ["", " ", ",", " , "] {
                let changed = try await server.put("/v1/items/A", "{\"name\":\"B\"}", headers: [.ifMatch: empty])
                #expect(changed.status == 400 && changed.parameters == ["If-Match"], "'\(empty)' \(changed.body)")
                let made = try await server.put("/v1/items/C", "{\"name\":\"C\"}", headers: [.ifNoneMatch: empty])
                #expect(made.status == 400 && made.parameters == ["If-None-Match"], "'\(empty)' \(made.body)")
                let deleted = try await server.send(.delete, "/v1/locations/L", headers: [.ifMatch: empty])
                #expect(deleted.status == 400 && deleted.parameters == ["If-Match"], "'\(empty)' \(deleted.body)")
                for path in ["/v1/items/A", "/v1/availability/A/L", "/v1/availability/A"] {
                    let read = try await server.get(path, headers: [.ifNoneMatch: empty])
                    #expect(read.status == 400 && read.parameters == ["If-None-Match"], "'\(empty)' \(read.body)")
                }
            }
            for name in ["A", "N"] {
                let torn = try await server.put(
                    "/v1/items/\(name)", "{\"name\":\"B\"}", headers: [.ifMatch: "\"1\"", .ifNoneMatch: "*"])
                #expect(torn.status == 412, "what must be there cannot be new as well")
            }
            #expect(try await server.get("/v1/items/A").json?["name"]?.string == "A")
        }
    }

    @Test(arguments: ["%EF%BB%BFA", "A%C2%A0", "A%E2%80%8B", "%E2%80%AEA", "A%E3%80%80", "%20A", "A%AD", "A%C2", "A%2"])
    func `what nobody sees in a path does not reach another item`(sent: String) async throws {
        try await TestServer.run { server async throws in
            _ = try await server.put("/v1/items/A", "{\"name\":\"A\"}")
            _ = try await server.put("/v1/locations/L", "{\"name\":\"L\"}")
            for path in ["/v1/items/\(sent)", "/v1/availability/\(sent)/L", "/v1/availability/\(sent)?location=L"] {
                let answer = try await server.get(path)
                #expect(answer.status == 400 && answer.parameters == ["sku"], "\(path) \(answer.body)")
            }
            #expect(try await server.put("/v1/items/\(sent)", "{\"name\":\"B\"}").status == 400)
            let asked = try await server.get("/v1/movements?sku=\(sent)&location=L")
            #expect(asked.status == 400 && asked.parameters == ["sku"], "\(asked.body)")
            #expect(try await server.get("/v1/items/A").json?["name"]?.string == "A")
        }
    }

    @Test func `reads compare a list of tags, weakly, and know the asterisk`() async throws {
        try await TestServer.run { server async throws in
            _ = try await server.put("/v1/items/A", "{\"name\":\"A\"}")
            _ = try await server.put("/v1/locations/L", "{\"name\":\"L\"}")
            for path in ["/v1/items/A", "/v1/availability/A/L"] {
                let tag = try #require(try await server.get(path).headers[.eTag])
                for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                    #expect(
                        try await server.get(path, headers: [.ifNoneMatch: known]).status == 304, "\(path) \(known)")
                }
                #expect(try await server.get(path, headers: [.ifNoneMatch: "\"other\""]).status == 200)
            }
        }
    }

    @Test func `a cursor with a NUL in it is refused by every list`() async throws {
        try await TestServer.run { server async throws in
            for number in 0..<3 {
                _ = try await server.put("/v1/items/I\(number)", "{\"name\":\"x\"}")
                _ = try await server.put("/v1/locations/L\(number)", "{\"name\":\"x\"}")
                _ = try await server.put("/v1/location-groups/G\(number)", "{\"name\":\"x\",\"locations\":[]}")
                _ = try await server.put("/v1/sources/S\(number)", "{}")
                _ = try await server.put(
                    "/v1/aliases", "{\"codeSystem\":\"erp\",\"code\":\"\(number)\",\"sku\":\"I\(number)\"}")
            }
            _ = try await server.facts(receipt("1", "I0", "L0", 1), receipt("2", "I1", "L0", 1))
            for path in [
                "/v1/items", "/v1/locations", "/v1/location-groups", "/v1/sources", "/v1/aliases", "/v1/availability",
                "/v1/locations/L0/availability",
            ] {
                let first = try await server.get("\(path)?limit=1")
                let cursor = try #require(first.json?["nextCursor"]?.string, "\(path) \(first.body)")
                #expect(try await server.get("\(path)?limit=1&cursor=\(cursor)").status == 200)
                for end in ["\u{0}", "x\u{0}y"] {
                    let answer = try await server.get("\(path)?limit=1&cursor=\(try longer(cursor, by: end))")
                    #expect(answer.status == 400 && answer.parameters == ["cursor"], "\(path) \(answer.body)")
                }
            }
        }
    }

    /// The cursor of a key that goes on with `end`.
    private func longer(_ cursor: String, by end: String) throws -> String {
        var text = cursor.replacing("-", with: "+").replacing("_", with: "/")
        text += String(repeating: "=", count: (4 - text.count % 4) % 4)
        let key = try #require(Data(base64Encoded: text)) + Data(end.utf8)
        return key.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    @Test func `problems keep to their schema, however many and however odd`() async throws {
        try await TestServer.run { server async throws in
            let many = (0..<70).map { "unknown\($0)=1" }.joined(separator: "&")
            let name = String(repeating: "n", count: 3_000)
            let path = String(repeating: "p", count: 5_000)
            let unknown = (0..<80).map { "\"u\($0)\":1" }.joined(separator: ",")
            for answer in [
                try await server.get("/v1/items?\(many)"), try await server.get("/v1/items?=1"),
                try await server.get("/v1/items?&&=&"), try await server.get("/v1/items?\(name)=1"),
                try await server.get("/v1/items?%00=1"), try await server.get("/v1/\(path)"),
                try await server.get("/v1/items/\(path)"), try await server.get("/v1/items?sku=%00"),
                try await server.get("/v1/reservations?reference=%00"),
                try await server.get("/v1/exceptions?owner=%00"),
                try await server.put("/v1/items/A", "{\"name\":\"x\",\(unknown)}"),
                try await server.put("/v1/items/A", "{\"name\":\"x\",\"\(name)\":1}"),
                try await server.put("/v1/items/A", "{\"name\":\"a\\u0000b\"}"),
                try await server.post("/v1/movements", "{\"source\":\"\\u0000\",\"lines\":[]}"),
            ] {
                #expect([400, 404].contains(answer.status), "\(answer.body.prefix(300))")
                let problem = try #require(answer.json)
                #expect((1...1_024).contains(problem["detail"]?.string?.unicodeScalars.count ?? 0))
                let errors = try #require(problem["errors"]?.elements)
                #expect(errors.count <= 50)
                for error in errors {
                    #expect((1...1_024).contains(error["detail"]?.string?.unicodeScalars.count ?? 0))
                    let parameter = error["parameter"]?.string
                    let pointer = error["pointer"]?.string
                    #expect((parameter == nil) != (pointer == nil), "\(answer.body.prefix(300))")
                    if let parameter { #expect((1...128).contains(parameter.unicodeScalars.count)) }
                    if let pointer { #expect(pointer.unicodeScalars.count <= 1_024) }
                }
            }
        }
    }

    @Test func `an event id that can be none is repeated as far as it can be one`() async throws {
        try await TestServer.run { server async throws in
            let accents = String(repeating: "e\u{301}\u{302}", count: 200)
            let long = String(repeating: "x", count: 300)
            for (sent, shown) in [
                ("", nil), ("   ", nil), (" a ", "a"), ("a\\u0000b", "a\u{FFFD}b"), (long, String(long.prefix(128))),
                (accents, String(String.UnicodeScalarView(accents.unicodeScalars.prefix(128)))),
                ("\\u200d", "\u{FFFD}"),
            ] as [(String, String?)] {
                let line =
                    "{\"eventId\":\"\(sent)\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1}"
                let answer = try await server.facts(line)
                let result = answer.json?["results"]?[0]
                #expect(answer.status == 200, "\(answer.body)")
                #expect(result?["verdict"]?.string == "rejected")
                #expect(result?["eventId"]?.string == shown, "\(sent.prefix(20)): \(answer.body.prefix(300))")
                let detail = result?["problem"]?["detail"]?.string?.unicodeScalars.count ?? 0
                #expect((1...1_024).contains(detail))
            }
        }
    }

    @Test func `bounds are named as they are`() async throws {
        try await TestServer.run { server async throws in
            for instant in ["1969-12-31T23:59:59Z", "9999-12-31T23:59:59-01:00"] {
                let past = try await server.get("/v1/movements?from=\(instant)")
                #expect(past.status == 400)
                #expect(past.body.contains("must be from 1970-01-01T00:00:00Z to 9999-12-31T23:59:59Z"), "\(past.body)")
            }
            let none = try await server.get("/v1/movements?from=yesterday")
            #expect(none.body.contains("must be an RFC 3339 time"), "\(none.body)")
            let empty = try await server.post("/v1/availability-queries", "{\"pairs\":[]}")
            #expect(empty.status == 400 && empty.body.contains("at least 1 elements"), "\(empty.body)")
        }
    }

    /// In one place for all, so that no operation is left out: whatever the contract gives no parameters refuses them.
    @Test func `a parameter that an operation does not have is refused, of single things as of lists`() async throws {
        try await withStock { server async throws in
            #expect(try await server.put("/v1/sources/till", "{}").status == 200)
            for path in [
                "/v1/items/A", "/v1/items/A?", "/v1/locations/L", "/v1/sources/till", "/v1/availability/A/L/explain",
            ] {
                let plain = try await server.get(path)
                #expect(plain.status == 200, "\(path) \(plain.body)")
                let sign = path.contains("?") ? "" : "?"
                for method in [HTTPRequest.Method.get, .head] {
                    let odd = try await server.send(method, "\(path)\(sign)asof=2026-01-01T00:00:00Z")
                    #expect(odd.status == 400, "\(path) \(odd.body)")
                    if method == .get { #expect(odd.parameters == ["asof"], "\(path) \(odd.body)") }
                }
            }
            for (method, path, body) in [
                (.put, "/v1/items/Z?version=1", "{\"name\":\"Z\"}"), (.delete, "/v1/locations/M?force=true", nil),
                (.post, "/v1/sources/till/heartbeat?at=now", "{}"), (.get, "/v1/items?skus=A", nil),
                (.get, "/v1/availability/A?locaton=L", nil), (.get, "/v1/availability/A/L?as_of=now", nil),
                (.post, "/v1/movements?dryRun=true", "{}"),
            ] as [(HTTPRequest.Method, String, String?)] {
                let odd = try await server.send(method, path, body)
                #expect(odd.status == 400 && odd.parameters.count == 1, "\(path) \(odd.body)")
            }
            #expect(try await server.get("/v1/items/Z").status == 404)
            // Of no operation, and of what is there for probes.
            #expect(try await server.get("/v1/nothing?a=b").status == 404)
            #expect(try await server.get("/health/live?probe=1").status == 200)
        }
    }
}
