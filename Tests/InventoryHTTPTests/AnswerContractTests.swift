import Hummingbird
import TestSupport
import Testing

/// What would let a wrong answer pass is a hole in every other test.
@Suite struct AnswerContractTests {
    private static let small = AnswerContract(
        yaml: """
            paths:
              /things:
                get:
                  responses:
                    "200":
                      headers:
                        ETag: { required: true, schema: { type: string, pattern: '^"[0-9]+"$' } }
                      content:
                        application/json: { schema: { $ref: "#/components/schemas/Thing" } }
                    "204": { description: Nothing. }
              /things/{id}:
                get: { responses: { "200": { content: { text/csv: {} } } } }
              /things/newest:
                get: { responses: { "204": { description: Nothing. } } }
            components:
              schemas:
                Problem: { type: object, required: [code], properties: { code: { type: string } } }
                Thing:
                  type: object
                  required: [id, kind, sizes]
                  properties:
                    id: { type: string, minLength: 1, maxLength: 3, pattern: "^[a-z]+$" }
                    kind: { type: [string, "null"], enum: [red, blue, null] }
                    at: { type: string, format: date-time }
                    day: { type: string, format: date }
                    sizes: { type: array, maxItems: 2, uniqueItems: true, items: { $ref: "#/components/schemas/Size" } }
                    notes: { type: object, maxProperties: 2, additionalProperties: { type: string } }
                    odd: { type: string, neverHeardOf: 1 }
                Size: { type: integer, format: int32, minimum: 1, maximum: 9 }
            """)

    private func problems(
        _ body: String, method: String = "GET", _ path: String = "/things?limit=1", status: Int = 200,
        headers: [String: String] = ["etag": "\"1\"", "content-type": "application/json; charset=utf-8"]
    ) -> [String] {
        Self.small.problems(method, path, status: status, headers: headers, body: Array(body.utf8))
    }

    @Test func `an answer as documented has no problem`() {
        let body = """
            {"id":"abc","kind":null,"at":"2026-01-01T00:00:00Z","day":"2026-01-01","sizes":[1,9],"notes":{"a":"b"}}
            """
        #expect(problems(body) == [])
        #expect(problems("", status: 204) == [])
        #expect(problems("", method: "HEAD") == [])
        #expect(problems("a;b", "/things/x", headers: ["content-type": "text/csv"]) == [])
        #expect(problems("", "/things/newest", status: 204) == [])
        #expect(problems("{\"code\":\"notFound\"}", "/nowhere", status: 404) == [])
    }

    @Test(
        arguments: [
            (#"{"id":"a","kind":"red"}"#, #": misses ["sizes"]"#),
            (#"{"id":"a","kind":"red","sizes":[],"more":1}"#, "/more: the schema does not name it"),
            (#"{"id":"a","kind":"green","sizes":[]}"#, "/kind: is not one of the enum"),
            (#"{"id":7,"kind":"red","sizes":[]}"#, "/id: is"),
            (#"{"id":null,"kind":"red","sizes":[]}"#, "/id: is"),
            (#"{"id":"","kind":"red","sizes":[]}"#, "/id: minLength"),
            (#"{"id":"abcd","kind":"red","sizes":[]}"#, "/id: maxLength"),
            (#"{"id":"A","kind":"red","sizes":[]}"#, "/id: 'A' does not match"),
            (#"{"id":"a","kind":"red","sizes":[0]}"#, "/sizes/0: 0.0 is beyond"),
            (#"{"id":"a","kind":"red","sizes":[10]}"#, "/sizes/0: 10.0 is beyond"),
            (#"{"id":"a","kind":"red","sizes":[1.5]}"#, "/sizes/0: is"),
            (#"{"id":"a","kind":"red","sizes":[1,1]}"#, "/sizes: has an element twice"),
            (#"{"id":"a","kind":"red","sizes":[1,2,3]}"#, "/sizes: maxItems"),
            (#"{"id":"a","kind":"red","sizes":[],"at":"yesterday"}"#, "/at: 'yesterday' is not a time"),
            (#"{"id":"a","kind":"red","sizes":[],"day":"1 May"}"#, "/day: '1 May' is not a day"),
            (#"{"id":"a","kind":"red","sizes":[],"notes":{"a":1}}"#, "/notes/a: is"),
            (#"{"id":"a","kind":"red","sizes":[],"notes":{"a":"","b":"","c":""}}"#, "/notes: maxProperties"),
            (
                #"{"id":"a","kind":"red","sizes":[],"odd":"x"}"#,
                "/odd: the checker does not know the keyword neverHeardOf"
            ),
            ("[]", ": is"), ("{", "the body is not JSON"), ("", "the body is not JSON"),
        ] as [(String, String)])
    func `a body that is not as documented is found`(body: String, problem: String) {
        #expect(problems(body).contains { $0.hasPrefix(problem) }, "\(body): \(problems(body))")
    }

    @Test func `a status, a header, a media type or a body that nobody documented is found`() {
        let body = #"{"id":"a","kind":"red","sizes":[]}"#
        #expect(problems(body, status: 418) == ["status 418 is not documented"])
        #expect(problems(body, method: "PUT") == ["no operation is documented that answers 200"])
        #expect(problems(body, "/nowhere") == ["no operation is documented that answers 200"])
        #expect(problems("{}", "/nowhere", status: 404) == [#": misses ["code"]"#])
        #expect(problems(body, headers: ["content-type": "application/json"]) == ["the header ETag is missing"])
        #expect(problems(body, headers: ["etag": "1", "content-type": "application/json"]).count == 1)
        #expect(
            problems(body, headers: ["etag": "\"1\"", "content-type": "text/html"])
                == ["the media type 'text/html' is not documented"])
        #expect(problems("x", status: 204) == ["the answer has a body, and none is documented"])
        #expect(problems("x", method: "HEAD") == ["an answer to HEAD has a body"])
    }

    @Test func `a test that sees a wrong answer fails`() {
        let live = "{\"status\":\"live\"}"
        let type: HTTPFields = [.contentType: "application/json"]
        withKnownIssue("a status that is not documented") {
            _ = TestServer.Answer(.get, "/health/live", status: 299, headers: type, body: live)
        }
        withKnownIssue("a member that is not documented") {
            _ = TestServer.Answer(.get, "/health/live", status: 200, headers: type, body: "{\"colour\":\"red\"}")
        }
    }
}
