import InventoryService
package import StrictJSON

/// A mapped record as the API's JSON: imports and clients then share one reader, one set of checks and one fingerprint.
extension JSONWriter {
    /// Any fact line.
    package mutating func movementLine(_ record: MappedRecord) {
        object { writer in
            writer.texts(
                record,
                [
                    ("eventId", "eventId"), ("type", "type"), ("sku", "sku"), ("code", "code"),
                    ("codeSystem", "codeSystem"),
                ])
            writer.texts(
                record,
                [
                    ("location", "location"), ("locationCode", "locationCode"), ("toLocation", "toLocation"),
                    ("toLocationCode", "toLocationCode"),
                ])
            writer.number("quantity", record)
            writer.number("delta", record)
            writer.texts(
                record,
                [
                    ("reason", "reason"), ("occurredAt", "occurredAt"), ("reference", "reference"),
                    ("disposition", "disposition"), ("bucket", "bucket"), ("fromBucket", "fromBucket"),
                    ("toBucket", "toBucket"), ("countedAt", "countedAt"),
                ])
        }
    }

    /// What somebody found at one instant: a count of one line.
    /// - Parameter eventID: where the record names none.
    mutating func snapshotLine(_ record: MappedRecord, eventID: String) {
        object { writer in
            let named = record.values["eventId"] ?? ""
            writer.field("eventId", named.isEmpty ? eventID : named)
            writer.field("type", "count")
            writer.texts(
                record,
                [
                    ("sku", "sku"), ("code", "code"), ("codeSystem", "codeSystem"), ("location", "location"),
                    ("locationCode", "locationCode"), ("bucket", "bucket"),
                ])
            writer.number("quantity", record)
            writer.texts(record, [("countedAt", "asOf")])
        }
    }

    /// A record of any other kind, as the API's own body of it.
    mutating func object(_ record: MappedRecord, of kind: ImportKind) {
        let given = kind.fields.filter { record.values[$0.name.description]?.isEmpty == false }
        object { writer in
            for field in given where field.place == .top { writer.member(field, record) }
            for place in [ImportField.Place.coordinates, .scope, .locations, .lines] {
                let members = given.filter { $0.place == place }
                // A rule about everything has a scope too.
                guard !members.isEmpty || place == .scope && kind.isRule else { continue }
                writer.name(place.name)
                switch place {
                case .top: preconditionFailure("what stands at the top was written")
                case .coordinates, .scope: writer.object { $0.members(members, record) }
                case .lines:
                    writer.array(CollectionOfOne(members)) { one, members in one.object { $0.members(members, record) }
                    }
                case .locations: writer.array(members) { $0.value(record.values[$1.name.description]) }
                }
            }
        }
    }

    private mutating func members(_ fields: [ImportField], _ record: MappedRecord) {
        for field in fields { member(field, record) }
    }

    private mutating func member(_ field: ImportField, _ record: MappedRecord) {
        let text = record.values[field.name.description] ?? ""
        switch field.reading {
        case .text, .exact, .time: self.field(field.name, text)
        case .units, .whole: number(field.name, record)
        case .coordinate: decimal(field.name, text, record)
        case .boolean:
            if let flag = Bool(text) { self.field(field.name, flag) } else { self.field(field.name, text) }
        case .json:
            name(field.name)
            // What is no JSON stays a text, and the reader says what is wrong with it.
            if (try? JSONDocument(parsing: Array(text.utf8))) != nil { raw(text) } else { value(text) }
        }
    }

    private mutating func texts(_ record: MappedRecord, _ names: [(member: StaticString, field: String)]) {
        for (member, field) in names {
            if let value = record.values[field], !value.isEmpty { self.field(member, value) }
        }
    }

    private mutating func number(_ name: StaticString, _ record: MappedRecord) {
        guard let value = record.values[name.description], !value.isEmpty else { return }
        // What is no whole number stays a text, and the reader says what is wrong with it; so does what the mapping cannot
        // mean, although it may be one.
        if record.refusals[name.description] == nil, let integer = Int64(value) {
            field(name, integer)
        } else {
            field(name, value)
        }
    }

    private mutating func decimal(_ name: StaticString, _ text: String, _ record: MappedRecord) {
        if record.refusals[name.description] == nil, let number = Double(text), number.isFinite {
            field(name, number)
        } else {
            field(name, text)
        }
    }
}
