import Foundation
import Hummingbird
import Inventory
import InventoryService

/// Reads a request's query parameters; a misspelt one is an error, since ignoring it would answer another question.
struct Query {
    private var values: [String: [String]]
    private var problems: [Problem.Entry] = []
    private var asked: Set<String> = []

    /// As forms encode it, which every browser's `URLSearchParams` and most clients do: a plus is a blank.
    init(_ request: Request) {
        values = [:]
        guard let query = request.uri.query else { return }
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            // Decoded strictly: what stands in for bytes that are not UTF-8 would be another name.
            guard let name = String(parts[0]).formDecoded else {
                report(String(parts[0]), "is not valid percent-encoding")
                continue
            }
            let value = parts.count > 1 ? String(parts[1]).formDecoded : ""
            if value == nil { report(name, "is not valid percent-encoding of UTF-8") }
            values[name, default: []] += value.map { [$0] } ?? []
        }
    }

    mutating func text(_ name: String) -> String? {
        if values.isEmpty { return nil }
        asked.insert(name)
        guard let found = values[name], let first = found.first else { return nil }
        if found.count > 1 { report(name, "may be given once") }
        return first
    }

    /// A text for people: printable, 1 to 200 characters.
    mutating func label(_ name: String) -> String? {
        guard let text = text(name) else { return nil }
        guard (1...200).contains(text.unicodeScalars.count), text.unicodeScalars.allSatisfy(\.isPrintable) else {
            report(name, "must have 1 to 200 printable characters")
            return nil
        }
        return text
    }

    mutating func identifier<Kind: IdentifierKind>(_ name: String, _: Kind.Type = Kind.self) -> Identifier<Kind>? {
        text(name).flatMap { parse(name, $0) }
    }

    /// A parameter that may be given several times, as it was sent.
    mutating func texts(_ name: String, countMax: Int) -> [String] {
        asked.insert(name)
        let found = values[name] ?? []
        if found.count > countMax { report(name, "may be given \(countMax) times") }
        if Set(found).count < found.count { report(name, "has a duplicate value") }
        return Array(found.prefix(countMax))
    }

    /// A parameter that may be given several times.
    mutating func identifiers<Kind: IdentifierKind>(
        _ name: String, countMax: Int, _: Kind.Type = Kind.self
    ) -> [Identifier<Kind>] {
        asked.insert(name)
        let found = values[name] ?? []
        if found.count > countMax { report(name, "may be given \(countMax) times") }
        if Set(found).count < found.count { report(name, "has a duplicate value") }
        return found.prefix(countMax).compactMap { parse(name, $0) }
    }

    mutating func choice<T: RawRepresentable<String> & CaseIterable>(_ name: String, _: T.Type = T.self) -> T? {
        guard let text = text(name) else { return nil }
        guard let choice = T(rawValue: text) else {
            report(name, "must be one of \(T.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
        return choice
    }

    /// A day such as 2026-01-15, as days since 1970-01-01.
    mutating func day(_ name: String, isRequired: Bool = false) -> Int64? {
        guard let text = text(name) else {
            if isRequired { report(name, "is required") }
            return nil
        }
        // Of days before 1970 nothing is kept.
        guard let day = ExportDay(text), day.number >= 0 else {
            report(name, "must be a day from 1970 on, such as 2026-01-15")
            return nil
        }
        return day.number
    }

    mutating func timestamp(_ name: String) -> Timestamp? {
        guard let text = text(name).map(Self.withSign) else { return nil }
        guard let timestamp = Timestamp(rfc3339: text) else {
            report(name, Timestamp.complaint(about: text))
            return nil
        }
        return timestamp
    }

    /// A blank where an offset such as `+02:00` has its sign was a plus that its client did not encode.
    private static func withSign(_ text: String) -> String {
        let sign = text.utf8.count - 6
        // Behind a date and a time in full: the one between them may be a blank.
        guard sign >= 19 else { return text }
        var bytes = Array(text.utf8)
        guard bytes[sign] == UInt8(ascii: " "), bytes[sign + 3] == UInt8(ascii: ":") else { return text }
        bytes[sign] = UInt8(ascii: "+")
        return String(decoding: bytes, as: UTF8.self)
    }

    mutating func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        guard let text = text(name) else { return nil }
        guard text.wholeMatch(of: /-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?/) != nil, let number = Double(text),
            range.contains(number)
        else {
            report(name, "must be a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = text(name) else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text), range.contains(number)
        else {
            report(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    /// `latitude`, `longitude` and `radiusKm`; nil when no point is given.
    mutating func surroundings() -> Surroundings? {
        let latitude = number("latitude", in: -90...90)
        let longitude = number("longitude", in: -180...180)
        let radius = number("radiusKm", in: Surroundings.radiusKmRange)
        if text("latitude") != nil, text("longitude") == nil { report("longitude", "is required with latitude") }
        if text("longitude") != nil, text("latitude") == nil { report("latitude", "is required with longitude") }
        if text("radiusKm") != nil, text("latitude") == nil { report("radiusKm", "needs latitude and longitude") }
        guard let latitude, let longitude, let center = Coordinates(latitude: latitude, longitude: longitude) else {
            return nil
        }
        return Surroundings(center: center, radiusKm: radius)
    }

    mutating func boolean(_ name: String) -> Bool {
        switch text(name) {
        case nil, "false": return false
        case "true": return true
        default:
            report(name, "must be true or false")
            return false
        }
    }

    /// Nil when it is not asked.
    mutating func optionalBoolean(_ name: String) -> Bool? {
        guard text(name) != nil else { return nil }
        return boolean(name)
    }

    /// `limit`, `includeTotal` and `cursor`, whose meaning is `cursor`'s own.
    mutating func page(_ cursor: CursorCodec) -> PageRequest {
        var page = PageRequest()
        page.limit = limit()
        page.includesTotal = boolean("includeTotal")
        page.after = self.cursor(cursor)
        return page
    }

    mutating func limit() -> Int {
        integer("limit", in: 1...PageRequest.limitMax) ?? PageRequest.limitDefault
    }

    mutating func cursor(_ codec: CursorCodec) -> String? {
        guard let text = text("cursor") else { return nil }
        guard let key = codec.decode(text) else {
            report("cursor", "belongs to another list or other parameters; start without it")
            return nil
        }
        return key
    }

    mutating func report(_ name: String, _ detail: String) {
        problems.append(.init(parameter: name, detail: detail))
    }

    /// Call when every known parameter was asked for.
    mutating func finish() throws {
        for name in values.keys.sorted() where !asked.contains(name) {
            if name.isEmpty {
                report("?", "has a parameter without a name")
            } else {
                report(name, "is not a parameter of this path")
            }
        }
        guard problems.isEmpty else { throw Problem.invalid(problems) }
    }

    private mutating func parse<Kind: IdentifierKind>(_ name: String, _ text: String) -> Identifier<Kind>? {
        do {
            return try Identifier<Kind>(naming: text)
        } catch {
            report(name, error.description)
            return nil
        }
    }
}

/// Makes opaque cursors that only the same question takes back: base64url of a checksum of the question and a key.
struct CursorCodec {
    /// Bytes of a cursor: the longest key is a code system and a code of four-byte characters.
    private static let lengthMax = 2_048

    private let question: String

    /// - Parameter question: everything that decides the list's content and order.
    init(_ question: String...) {
        self.question = question.joined(separator: "\u{1F}")
    }

    func encode(_ key: String) -> String {
        Data("\(checksum)\u{1F}\(key)".utf8).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    func decode(_ cursor: String) -> String? {
        var text = cursor.replacing("-", with: "+").replacing("_", with: "/")
        text += String(repeating: "=", count: (4 - text.count % 4) % 4)
        guard cursor.utf8.count <= Self.lengthMax, let data = Data(base64Encoded: text),
            let decoded = String(data: data, encoding: .utf8)
        else { return nil }
        let parts = decoded.split(separator: "\u{1F}", maxSplits: 1, omittingEmptySubsequences: false)
        // No key of ours has a NUL, and no text of a database may.
        guard parts.count == 2, parts[0] == checksum, !parts[1].utf8.contains(0) else { return nil }
        return String(parts[1])
    }

    /// FNV-1a, 64 bits: guards against mistakes, not against malice, since a cursor grants nothing.
    private var checksum: String {
        let hash = question.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return String(hash, radix: 36)
    }
}
