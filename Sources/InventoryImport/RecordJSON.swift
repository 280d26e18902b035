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

    mutating func itemObject(_ record: MappedRecord) {
        object { $0.texts(record, [("sku", "sku"), ("name", "name"), ("unit", "unit"), ("status", "status")]) }
    }

    mutating func aliasObject(_ record: MappedRecord) {
        object { writer in
            writer.texts(record, [("codeSystem", "codeSystem"), ("code", "code"), ("sku", "sku")])
            writer.number("unitsPerCode", record)
        }
    }

    mutating func locationObject(_ record: MappedRecord) {
        let values = record.values
        object { writer in
            writer.texts(
                record,
                [
                    ("id", "id"), ("name", "name"), ("kind", "kind"), ("status", "status"), ("mode", "mode"),
                    ("timeZone", "timeZone"),
                ])
            let (latitude, longitude) = (values["latitude"] ?? "", values["longitude"] ?? "")
            if !latitude.isEmpty || !longitude.isEmpty {
                writer.name("coordinates")
                writer.object {
                    $0.decimal("latitude", latitude, record)
                    $0.decimal("longitude", longitude, record)
                }
            }
            if let hours = values["openingHours"], !hours.isEmpty {
                writer.name("openingHours")
                // What is no JSON stays a text, and the reader says what is wrong with it.
                if (try? JSONDocument(parsing: Array(hours.utf8))) != nil {
                    writer.raw(hours)
                } else {
                    writer.value(hours)
                }
            }
            writer.number("leadTimeMinutes", record)
            writer.number("priority", record)
            writer.number("dailyCapacity", record)
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
