import Hummingbird
import Inventory
import StrictJSON

extension Response {
    static func json(
        _ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], _ body: (inout JSONWriter) -> Void
    ) -> Response {
        Answer.json(status, headers: headers, body).response
    }

    /// As `Answer.taggedJSON`.
    static func taggedJSON(
        _ request: Request, headers: HTTPFields = [:], _ body: (inout JSONWriter) -> Void
    ) throws -> Response {
        try Answer.taggedJSON(request, headers: headers, body).response
    }
}

extension JSONWriter {
    mutating func field(_ name: StaticString, _ value: Timestamp?) {
        guard let value else { return field(name, nil as String?) }
        field(name, plainAtMost: Timestamp.textSizeMax) { value.write(to: $0) }
    }

    /// The member `distanceKm`, to the metre; null where one side has no coordinates.
    mutating func distance(_ kilometres: Double?) {
        field("distanceKm", kilometres.map { ($0 * 1_000).rounded() / 1_000 })
    }
}
