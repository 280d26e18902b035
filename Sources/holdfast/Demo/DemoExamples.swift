import Foundation
import InventoryHTTP
import StrictJSON

/// Makes what the examples of the contract name, so that each can be tried in `/docs`: one request a line of the sample's
/// `examples.ndjson`. Ids that the service makes, and days, take the place of those that the contract has for them.
///
/// | member of a line | what it is |
/// |---|---|
/// | `days`, `instants` | of the first line alone: which day so many days from today, and which instant so many seconds from now, takes which place |
/// | `method`, `path`, `body` | the request; a `PUT` makes what is not there, and changes nothing that is |
/// | `text`, `row`, `rows` | a file in place of `body`: a text, and behind it a row so many times |
/// | `key` | the idempotency key |
/// | `find` | a path: the request is sent if what is asked for is not there, and `keep` is about this answer |
/// | `keep` | the place in the contract, and the member of the answer that takes it, as `exceptions.0.id` |
/// | `early` | sent before there is anything else |
struct DemoExamples: Sendable {
    let api: DemoClient
    /// Their file; where there is none, nothing is made.
    let file: String
    private(set) var names = ExampleNames()

    private static let attemptsMax = 50
    private static let betweenAttempts: Duration = .milliseconds(200)

    init(api: DemoClient, files: SampleFiles) {
        self.api = api
        file = "\(files.folder)/examples.ndjson"
    }

    /// - Parameter early: only the lines that are sent before there is anything else; or else only the others.
    mutating func make(early: Bool) async throws {
        guard let data = FileManager.default.contents(atPath: file) else { return }
        for line in data.split(separator: UInt8(ascii: "\n")) {
            let contract = try JSONDocument(parsing: Array(line)).root
            if contract["days"] != nil {
                setTimes(contract)
                continue
            }
            guard (contract["early"]?.boolean ?? false) == early else { continue }
            let asked = try JSONDocument(parsing: names.replaced(in: Array(line))).root
            do {
                try await make(asked, keeping: contract["keep"])
            } catch is DemoClient.Refused {
                // It is there already, or people have gone on with it: then its example says so too.
                continue
            }
        }
    }

    private mutating func setTimes(_ line: JSONValue) {
        func time(_ seconds: Int64) -> String { Date(timeIntervalSinceNow: Double(seconds)).formatted(.iso8601) }
        for (name, days) in line["days"]?.members ?? [] {
            names.set(name.string ?? "", to: String(time((days.integer ?? 0) * 86_400).prefix(10)))
        }
        for (name, seconds) in line["instants"]?.members ?? [] {
            names.set(name.string ?? "", to: time(seconds.integer ?? 0))
        }
    }

    private mutating func make(_ asked: JSONValue, keeping places: JSONValue?) async throws {
        guard let path = asked["find"]?.string else {
            let answer = try await send(asked)
            keep(places, from: answer)
            return
        }
        for attempt in 0..<Self.attemptsMax {
            let found = try await api.get(path)
            if keep(places, from: found) { return }
            if attempt == 0, asked["method"] != nil {
                _ = try await send(asked)
            } else {
                // Some is opened by the service's own work.
                try await Task.sleep(for: Self.betweenAttempts)
            }
        }
    }

    private func send(_ asked: JSONValue) async throws -> JSONValue {
        let method = asked["method"]?.string ?? ""
        var body = asked["body"].map { Array($0.raw) }
        if let text = asked["text"]?.string {
            let rows = String(repeating: asked["row"]?.string ?? "", count: Int(asked["rows"]?.integer ?? 0))
            body = Array((text + rows).utf8)
        }
        return try await api.send(
            method, asked["path"]?.string ?? "", body, key: asked["key"]?.string, isNew: method == "PUT",
            type: asked["text"] == nil ? "application/json" : "application/octet-stream")
    }

    /// - Returns: whether the answer has all that is wanted.
    @discardableResult
    private mutating func keep(_ places: JSONValue?, from answer: JSONValue) -> Bool {
        var isThere = true
        for (place, member) in places?.members ?? [] {
            var found: JSONValue? = answer
            for part in member.string?.split(separator: ".") ?? [] {
                if let index = Int(part) {
                    let elements = found?.elements ?? []
                    found = index < elements.count ? elements[index] : nil
                } else {
                    found = found?[String(part)]
                }
            }
            if let place = place.string, let id = found?.string {
                names.set(place, to: id)
            } else {
                isThere = false
            }
        }
        return isThere
    }
}
