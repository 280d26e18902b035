/// Short texts that an order system keeps with a reservation, by name.
package struct OrderAttributes: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package let name: String
        package let value: String
    }

    /// By name, each once.
    package private(set) var entries: [Entry] = []

    package init() {}

    /// Texts of one reservation.
    package static let countMax = 20
    /// Characters of a name, and of a text.
    package static let nameLengthMax = 64
    package static let valueLengthMax = 200

    package subscript(_ name: String) -> String? {
        get { entries.first { $0.name == name }?.value }
        set {
            entries.removeAll { $0.name == name }
            guard let newValue else { return }
            let index = entries.firstIndex { name < $0.name } ?? entries.endIndex
            entries.insert(Entry(name: name, value: newValue), at: index)
        }
    }
}

/// As they are stored: never searched, and always read as a whole.
extension OrderAttributes {
    private static var encodingVersion: UInt8 { 1 }

    /// Nil where there are none.
    package var canonicalBytes: [UInt8]? {
        guard !entries.isEmpty else { return nil }
        return CanonicalWriter.bytes { writer in
            writer.integer(Self.encodingVersion)
            writer.integer(Int64(entries.count))
            for entry in entries {
                writer.text(entry.name)
                writer.text(entry.value)
            }
        }
    }

    /// - Returns: nil when the bytes were not made by `canonicalBytes`.
    package init?(canonicalBytes bytes: [UInt8]) {
        var reader = CanonicalReader(bytes)
        guard reader.integer(UInt8.self) == Self.encodingVersion, let count = reader.integer(Int64.self) else {
            return nil
        }
        for _ in 0..<count {
            guard case .some(.some(let name)) = reader.text(), case .some(.some(let value)) = reader.text() else {
                return nil
            }
            self[name] = value
        }
        guard reader.isAtEnd else { return nil }
    }
}

/// What changes of what an order system says about a reservation. What it does not name stays.
package struct ReservationAmendment: Sendable, Hashable {
    package enum ReferenceChange: Sendable, Hashable {
        case keep
        /// Nil takes it away.
        case set(Reference?)
    }

    package var reference = ReferenceChange.keep
    /// All attributes that there were go first.
    package var clearsAttributes = false
    /// By name; nil takes one away.
    package var attributes: [String: String?] = [:]

    package init() {}
}

extension Reservation {
    /// - Returns: nil where it would have more attributes than `OrderAttributes.countMax`.
    func amended(_ amendment: ReservationAmendment) -> Reservation? {
        var after = self
        if case .set(let reference) = amendment.reference { after.reference = reference }
        if amendment.clearsAttributes { after.attributes = OrderAttributes() }
        for (name, value) in amendment.attributes { after.attributes[name] = value }
        return after.attributes.entries.count <= OrderAttributes.countMax ? after : nil
    }
}
