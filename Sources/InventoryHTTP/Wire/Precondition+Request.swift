import Hummingbird
import InventoryService

extension Request {
    /// `If-Match` and `If-None-Match: *` of a change. A tag that is not one of ours matches nothing.
    var precondition: Precondition {
        get throws {
            let match = headers[values: .ifMatch].joined(separator: ",")
            if !match.isEmpty {
                let tags = match.split(separator: ",").map { $0.filter { $0 != " " } }
                if tags.contains("*") { return .exists }
                return .versions(
                    Set(
                        tags.compactMap { tag in
                            guard tag.count > 2, tag.first == "\"", tag.last == "\"" else { return nil }
                            return Int64(tag.dropFirst().dropLast())
                        }))
            }
            let noneMatch = headers[values: .ifNoneMatch].joined(separator: ",")
            guard !noneMatch.isEmpty else { return .none }
            guard noneMatch == "*" else {
                throw Problem.invalid(parameter: "If-None-Match", "must be * for a change")
            }
            return .absent
        }
    }
}

extension Stored {
    /// The ETag of a stored object.
    var tag: String { "\"\(version)\"" }
}
