import InventoryService

/// A field that a file of a kind may give: how its text is read, and where it stands in the API's JSON.
struct ImportField: Sendable {
    enum Reading: Sendable {
        case text
        /// An id of ours, which has to be meant as it stands: blanks around it are refused, since a list with `S-1 ` must not make a
        /// second item beside `S-1`, nor quietly be the first.
        case exact
        /// A whole number of units, which the mapping's factor applies to.
        case units
        /// Any other whole number.
        case whole
        /// Degrees.
        case coordinate
        case time
        case boolean
        /// JSON where it is some; a text else.
        case json
    }

    enum Place: Sendable {
        case top
        /// Members of an object, which is left out where it would be empty.
        case coordinates, scope
        /// The only element of an array of texts.
        case locations
        /// Members of the only object of an array.
        case lines

        var name: StaticString {
            switch self {
            case .top: ""
            case .coordinates: "coordinates"
            case .scope: "scope"
            case .locations: "locations"
            case .lines: "lines"
            }
        }
    }

    let name: StaticString
    var reading = Reading.text
    var place = Place.top

    init(_ name: StaticString, _ reading: Reading = .text, _ place: Place = .top) {
        self.name = name
        self.reading = reading
        self.place = place
    }
}

extension ImportKind {
    /// Required ones first, as the documentation has them.
    var fields: [ImportField] { Self.table[self]?.fields ?? [] }

    var fieldNames: Set<String> { Self.table[self]?.names ?? [] }

    /// A required field that none of these is. A source may also be given beside the file, as may the code system of
    /// aliases; a location may also be named by its code, in the field with `Code` behind.
    func missing(in names: Set<String>) -> String? {
        Self.required[self]?.first { !names.contains($0) && !names.contains("\($0)Code") }
    }

    /// Fields that name a location of a thing with a name; each may be given by its code too.
    var placeFields: [String] {
        switch self {
        case .locationGroups, .sources, .safetyStockRules, .thresholds, .ringFences, .saleRestrictions, .expectedSupply:
            ["location"]
        case .transfers: ["from", "to"]
        default: []
        }
    }

    /// How a field is read; nil where the kind has none of the name.
    func reading(of field: String) -> ImportField.Reading? { Self.table[self]?.readings[field] }

    /// Codes are not among them: other systems may have blanks around theirs.
    private static let exact: Set<String> = ["id", "sku", "location", "toLocation", "from", "to"]

    private static let required: [ImportKind: [String]] = [
        .items: ["sku", "name"], .locations: ["id", "name"], .aliases: ["code", "sku"],
        .locationAliases: ["code", "location"], .locationGroups: ["id", "name"], .sources: ["id"],
        .thresholds: ["quantity"], .ringFences: ["quantity"],
        .expectedSupply: ["id", "location", "quantity", "expectedAt"], .transfers: ["reference", "to", "quantity"],
        .counts: ["location", "quantity"], .snapshots: ["location", "quantity"],
        .bookFigures: ["location", "quantity"],
        .movements: ["type", "eventId", "location"],
    ]

    private struct Entry: Sendable {
        let fields: [ImportField]
        let names: Set<String>
        let readings: [String: ImportField.Reading]

        init(_ fields: [ImportField]) {
            self.fields = fields
            names = Set(fields.map(\.name.description))
            readings = Dictionary(
                uniqueKeysWithValues: fields.map { field in
                    let name = field.name.description
                    return (name, exact.contains(name) ? .exact : field.reading)
                })
        }
    }

    private static let table = Dictionary(uniqueKeysWithValues: allCases.map { ($0, Entry(fields(of: $0))) })

    private static func fields(of kind: ImportKind) -> [ImportField] {
        switch kind {
        case .items:
            [
                .init("sku"), .init("name"), .init("unit"), .init("status"), .init("family"),
                .init("attributes", .json),
            ]
        case .locations:
            [
                .init("id"), .init("name"), .init("kind"), .init("status"), .init("mode"),
                .init("latitude", .coordinate, .coordinates),
                .init("longitude", .coordinate, .coordinates), .init("timeZone"), .init("openingHours", .json),
                .init("leadTimeMinutes", .whole), .init("priority", .whole), .init("dailyCapacity", .whole),
                .init("capabilities", .json), .init("pickupWindowHours", .whole), .init("latePickup"),
                .init("silenceLimitSeconds", .whole), .init("lagBuffer", .boolean),
                .init("costPerShipment", .json), .init("costPerKm", .json),
            ]
        case .aliases: [.init("code"), .init("sku"), .init("codeSystem"), .init("unitsPerCode", .whole)]
        case .locationAliases: [.init("code"), .init("location"), .init("codeSystem")]
        case .locationGroups:
            [
                .init("id"), .init("name"), .init("location", .text, .locations), .init("locationCode"),
                .init("codeSystem"), .init("channel"),
            ]
        case .sources:
            [
                .init("id"), .init("name"), .init("codeSystem"), .init("authority"),
                .init("location", .text, .locations), .init("locationCode"),
            ]
        case .safetyStockRules: [.init("quantity", .units), .init("percent", .whole), .init("id")] + scope
        case .thresholds: [.init("quantity", .units), .init("id")] + scope
        case .saleRestrictions: [.init("id")] + scope
        case .ringFences: [.init("quantity", .units), .init("id"), .init("priority", .whole)] + scope
        case .expectedSupply:
            [
                .init("id"), .init("location"), .init("locationCode"), .init("quantity", .units),
                .init("expectedAt", .time), .init("sku"),
                .init("code"), .init("codeSystem"), .init("reference"),
            ]
        case .transfers:
            [
                .init("reference"), .init("to"), .init("quantity", .units, .lines), .init("sku", .text, .lines),
                .init("code", .text, .lines), .init("codeSystem", .text, .lines), .init("from"), .init("fromCode"),
                .init("toCode"),
                .init("reserve", .boolean), .init("expectedAt", .time),
            ]
        case .counts, .snapshots, .bookFigures:
            [
                .init("location"), .init("locationCode"), .init("quantity", .units), .init("sku"), .init("code"),
                .init("codeSystem"), .init("source"), .init("asOf", .time),
            ] + (kind == .bookFigures ? [] : [.init("eventId"), .init("bucket")])
        case .movements:
            [
                .init("type"), .init("eventId"), .init("location"), .init("locationCode"), .init("toLocation"),
                .init("toLocationCode"), .init("source"), .init("sku"), .init("code"), .init("codeSystem"),
                .init("quantity", .units), .init("delta", .units), .init("reason"), .init("occurredAt", .time),
                .init("reference"), .init("disposition"), .init("bucket"), .init("fromBucket"), .init("toBucket"),
                .init("countedAt", .time),
            ]
        }
    }

    private static let scope: [ImportField] = [
        .init("sku", .text, .scope), .init("code", .text, .scope), .init("codeSystem", .text, .scope),
        .init("location", .text, .scope), .init("locationCode"), .init("group", .text, .scope),
        .init("channel", .text, .scope), .init("method", .text, .scope), .init("validFrom", .time),
        .init("validTo", .time),
    ]
}
