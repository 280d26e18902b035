import Hummingbird
import InventoryService

extension Request {
    /// `If-Match` and `If-None-Match: *` of a change. A tag that is not one of ours matches nothing.
    /// - Throws: `Problem` for a header that is there and names nothing.
    var precondition: Precondition {
        get throws {
            if let tags = try Self.tags(headers[values: .ifMatch], "If-Match") {
                // What must be there cannot be new as well.
                guard headers[.ifNoneMatch] == nil else { return .versions([]) }
                if tags.contains("*") { return .exists }
                return .versions(
                    Set(
                        tags.compactMap { tag in
                            guard tag.count > 2, tag.first == "\"", tag.last == "\"" else { return nil }
                            return Int64(tag.dropFirst().dropLast())
                        }))
            }
            guard let tags = try Self.tags(headers[values: .ifNoneMatch], "If-None-Match") else { return .none }
            guard tags == ["*"] else {
                throw Problem.invalid(parameter: "If-None-Match", "must be * for a change")
            }
            return .absent
        }
    }

    /// Whether the client of a read has this tag already (RFC 9110, section 13.1.2): a list of tags, compared weakly,
    /// or `*`.
    /// - Throws: `Problem` for a header that is there and names nothing.
    func hasAlready(_ tag: String) throws -> Bool {
        guard let tags = try Self.tags(headers[values: .ifNoneMatch], "If-None-Match") else { return false }
        return tags.contains { $0 == "*" || ($0.hasPrefix("W/") ? $0.dropFirst(2) : $0) == tag }
    }

    /// The tags that a header lists; nil when it is not there.
    private static func tags(_ fields: [String], _ name: String) throws -> [Substring]? {
        guard !fields.isEmpty else { return nil }
        let tags = fields.flatMap { $0.split(separator: ",") }.map { entry in
            var entry = entry.drop { $0 == " " || $0 == "\t" }
            while entry.last == " " || entry.last == "\t" { entry.removeLast() }
            return entry
        }.filter { !$0.isEmpty }
        guard !tags.isEmpty else {
            throw Problem.invalid(
                parameter: name, "is empty; leave it out, or send an ETag of the object, or *")
        }
        return tags
    }
}

extension Stored {
    /// The ETag of a stored object.
    var tag: String { "\"\(version)\"" }
}
