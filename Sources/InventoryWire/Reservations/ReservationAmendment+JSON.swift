package import Inventory
package import StrictJSON

/// What an order system says about a reservation: its reference and attributes.
extension ReservationAmendment {
    /// Of a body in which what is left out, or null, stays as it is.
    init(from reader: inout ObjectReader) {
        self.init()
        if let text = reader.identifier("reference", ReferenceKind.self) { reference = .set(text) }
        attributes = reader.orderAttributes()
    }

    /// Of a merge patch (RFC 7396), in which null takes away.
    package init(patch reader: inout ObjectReader) {
        self.init()
        if reader.isNull("reference") {
            reference = .set(nil)
        } else if let text = reader.identifier("reference", ReferenceKind.self) {
            reference = .set(text)
        }
        clearsAttributes = reader.isNull("attributes")
        attributes = reader.orderAttributes(removes: true)
    }
}

extension ObjectReader {
    /// `attributes`, by name.
    /// - Parameter removes: null takes one away; else it is refused.
    mutating func orderAttributes(removes: Bool = false) -> [String: String?] {
        guard let value = value("attributes") else { return [:] }
        let at = "\(pointer)/attributes"
        // It has reported a value of another type, and a name that is there twice.
        guard let members = value.members, ObjectReader(value, at: at, problems) != nil else {
            if value.members == nil { report("attributes", "must be an object, not \(value.typeName)") }
            return [:]
        }
        guard members.count <= OrderAttributes.countMax else {
            report("attributes", "may have \(OrderAttributes.countMax) members, not \(members.count)")
            return [:]
        }
        var found: [String: String?] = [:]
        for member in members {
            let name = member.name.string ?? ""
            let place = "\(at)/\(escapedForPointer(name))"
            guard Self.isShort(name, OrderAttributes.nameLengthMax) else {
                problems.report(place, "must have a name of 1 to \(OrderAttributes.nameLengthMax) printable characters")
                continue
            }
            if removes, member.value.isNull {
                found[name] = .some(nil)
            } else if let text = member.value.string, Self.isShort(text, OrderAttributes.valueLengthMax) {
                found[name] = text
            } else {
                problems.report(
                    place, "must be a string of 1 to \(OrderAttributes.valueLengthMax) printable characters")
            }
        }
        return found
    }

    private static func isShort(_ text: String, _ lengthMax: Int) -> Bool {
        (1...lengthMax).contains(text.unicodeScalars.count) && text.unicodeScalars.allSatisfy(\.isPrintable)
    }
}
