extension JSONValue {
    /// This value as a merge patch changes it (RFC 7396): the patch's members replace those of the same name, null takes
    /// them away, objects are merged, and anything else, an array too, is replaced whole.
    ///
    /// - Parameter patch: without a member that stands twice in an object; of two, the last counts.
    /// - Throws: `JSONSyntaxError` where the two together have more values than a document may.
    package func merged(with patch: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        var writer = JSONWriter(reservingCapacity: raw.count + patch.raw.count)
        writer.merged(self, with: patch)
        return try JSONDocument(parsing: writer.bytes).root
    }
}

extension JSONWriter {
    /// - Parameter target: nil where there is nothing yet.
    fileprivate mutating func merged(_ target: JSONValue?, with patch: JSONValue) {
        guard let changes = patch.members else { return value(of: patch) }
        // By their bytes: two spellings of one letter are two names.
        var waiting: [[UInt8]: JSONValue] = [:]
        for change in changes { waiting[change.name.nameBytes] = change.value }
        object { writer in
            for member in target?.members ?? [] {
                let change = waiting.removeValue(forKey: member.name.nameBytes)
                if change?.isNull == true { continue }
                writer.name(member.name.string ?? "")
                if let change { writer.merged(member.value, with: change) } else { writer.value(of: member.value) }
            }
            for member in changes {
                guard let added = waiting.removeValue(forKey: member.name.nameBytes), !added.isNull else { continue }
                writer.name(member.name.string ?? "")
                writer.merged(nil, with: added)
            }
        }
    }

    private mutating func value(of value: JSONValue) { raw(String(decoding: value.raw, as: UTF8.self)) }
}

extension JSONValue {
    fileprivate var nameBytes: [UInt8] { Array((string ?? "").utf8) }
}
