import Foundation
import InventoryHTTP
import OpenAPIContract
import StrictJSON
import Testing

/// What a demo has made takes the place of what the contract's examples name.
@Suite struct ServedContractTests {
    private func replaced(_ text: String, _ pairs: [(String, String)]) -> String {
        var names = ExampleNames()
        for (name, value) in pairs { names.set(name, to: value) }
        return String(decoding: names.replaced(in: Array(text.utf8)), as: UTF8.self)
    }

    @Test func `every name is replaced wherever it stands, by values of any length`() {
        #expect(
            replaced("a: \"2601\", b: \"2601.1\"", [("2601", "7"), ("a:", "longer:")]) == "longer: \"7\", b: \"7.1\"")
        #expect(replaced("nothing named", [("2601", "7")]) == "nothing named")
        #expect(replaced("", [("2601", "7")]) == "")
        #expect(replaced("260", [("2601", "7")]) == "260")
    }

    @Test func `of two names that begin alike the longer one is taken, whichever was set first`() {
        let pairs = [("2026-01-15", "2026-03-01"), ("2026-01-15T11:30:00Z", "2026-03-02T09:00:00Z")]
        for pairs in [pairs, pairs.reversed()] {
            #expect(
                replaced("2026-01-15T11:30:00Z 2026-01-15T11:31:00Z", pairs)
                    == "2026-03-02T09:00:00Z 2026-03-01T11:31:00Z")
        }
    }

    @Test func `a name that is set again has its last value, and values are not replaced themselves`() {
        #expect(replaced("a b", [("a", "x"), ("a", "b"), ("b", "a")]) == "b a")
    }

    @Test func `the contract is served as it is until something is put in its place`() async throws {
        try await TestServer.run { server async throws in
            #expect(Array(try await server.get("/openapi.yaml").body.utf8) == OpenAPIContract.bytes)
        }
    }

    /// A line that names nothing of the contract would make things that no example asks for.
    @Test func `every name that the demo replaces stands in the contract`() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../Samples/completejourney/examples.ndjson")
        let contract = String(decoding: OpenAPIContract.bytes, as: UTF8.self)
        for line in try Data(contentsOf: file.standardizedFileURL).split(separator: UInt8(ascii: "\n")) {
            let root = try JSONDocument(parsing: Array(line)).root
            for member in ["keep", "days", "instants"] {
                for (name, _) in root.members?.first(where: { $0.name.string == member })?.value.members ?? [] {
                    let text = try #require(name.string)
                    #expect(contract.contains(text), "\(text)")
                }
            }
        }
    }
}
