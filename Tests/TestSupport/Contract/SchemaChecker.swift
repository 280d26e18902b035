import Foundation
import Inventory
import StrictJSON
import Synchronization

/// The part of JSON Schema that the contract uses. A keyword that it does not know is a problem too, so that none is
/// overlooked.
struct SchemaChecker: Sendable {
    let document: YAMLValue

    /// Says nothing about values.
    private static let annotations: Set<String> = [
        "description", "title", "default", "example", "examples", "deprecated",
    ]
    private static let patterns = Mutex<[String: NSRegularExpression]>([:])

    func problems(of body: [UInt8], against name: String) -> [String] {
        problems(of: body, against: .map(["$ref": .string("#/components/schemas/\(name)")]))
    }

    func problems(of body: [UInt8], against schema: YAMLValue) -> [String] {
        guard let root = try? JSONDocument(parsing: body).root else { return ["the body is not JSON"] }
        var found: [String] = []
        check(root, schema, "", &found)
        return found
    }

    /// What a reference leads to.
    func resolved(_ value: YAMLValue) -> YAMLValue {
        guard let reference = value["$ref"]?.string else { return value }
        let found = reference.split(separator: "/").dropFirst().reduce(document as YAMLValue?) { $0?[String($1)] }
        return found.map(resolved) ?? .null
    }

    private func check(_ value: JSONValue, _ schema: YAMLValue, _ at: String, _ found: inout [String]) {
        guard let keywords = resolved(schema).members else {
            found.append("\(at): the schema leads nowhere")
            return
        }
        // A reference may have annotations beside it, and nothing else.
        for (keyword, wanted) in keywords where !Self.annotations.contains(keyword) && !keyword.hasPrefix("x-") {
            if let problem = problem(value, keyword, wanted, keywords) { found.append("\(at): \(problem)") }
        }
        if let members = value.members {
            let properties = keywords["properties"]?.members ?? [:]
            for (name, inner) in members {
                let name = name.string ?? ""
                if let property = properties[name] ?? keywords["additionalProperties"].flatMap(asSchema) {
                    check(inner, property, "\(at)/\(name)", &found)
                } else if keywords["additionalProperties"] != .boolean(true) {
                    found.append("\(at)/\(name): the schema does not name it")
                }
            }
        }
        if let items = keywords["items"] {
            for (index, element) in (value.elements ?? []).enumerated() {
                check(element, items, "\(at)/\(index)", &found)
            }
        }
    }

    private func asSchema(_ value: YAMLValue) -> YAMLValue? { value.members == nil ? nil : value }

    private func problem(
        _ value: JSONValue, _ keyword: String, _ wanted: YAMLValue, _ schema: [String: YAMLValue]
    ) -> String? {
        switch keyword {
        case "type":
            let types = wanted.elements?.compactMap(\.string) ?? [wanted.string ?? ""]
            return types.contains { self.is(value, $0) } ? nil : "is \(value.typeName), not \(types)"
        case "enum": return wanted.elements?.contains { equals($0, value) } == true ? nil : "is not one of the enum"
        case "const": return equals(wanted, value) ? nil : "is not the constant"
        case "required":
            let names = Set((value.members ?? []).compactMap { $0.name.string })
            let missing = (wanted.elements ?? []).compactMap(\.string).filter { !names.contains($0) }
            return value.members == nil || missing.isEmpty ? nil : "misses \(missing)"
        case "minLength": return holds(value.string?.unicodeScalars.count, wanted, >=, keyword)
        case "maxLength": return holds(value.string?.unicodeScalars.count, wanted, <=, keyword)
        case "minItems": return holds(value.elements?.count, wanted, >=, keyword)
        case "maxItems": return holds(value.elements?.count, wanted, <=, keyword)
        case "maxProperties": return holds(value.members?.count, wanted, <=, keyword)
        case "minimum": return holds(value.number, wanted, >=)
        case "maximum": return holds(value.number, wanted, <=)
        case "exclusiveMinimum": return holds(value.number, wanted, >)
        case "uniqueItems":
            let texts = (value.elements ?? []).map { Array($0.raw) }
            return Set(texts).count == texts.count ? nil : "has an element twice"
        case "pattern":
            guard let text = value.string, let pattern = wanted.string else { return nil }
            return Self.matches(text, pattern) ? nil : "'\(text)' does not match \(pattern)"
        case "format": return formatProblem(value, wanted.string ?? "")
        case "properties", "items", "additionalProperties": return nil
        default: return "the checker does not know the keyword \(keyword)"
        }
    }

    private func `is`(_ value: JSONValue, _ type: String) -> Bool {
        switch type {
        case "object": value.isObject
        case "array": value.elements != nil
        case "string": value.string != nil
        case "integer": value.integer != nil
        case "number": value.number != nil
        case "boolean": value.boolean != nil
        case "null": value.isNull
        default: false
        }
    }

    private func equals(_ wanted: YAMLValue, _ value: JSONValue) -> Bool {
        switch wanted {
        case .string(let text): value.string == text
        case .integer(let integer): value.integer == integer
        case .number(let number): value.number == number
        case .boolean(let boolean): value.boolean == boolean
        case .null: value.isNull
        case .map, .list: false
        }
    }

    private func holds(_ count: Int?, _ wanted: YAMLValue, _ test: (Double, Double) -> Bool, _ keyword: String)
        -> String?
    {
        guard let count, let bound = wanted.number else { return nil }
        return test(Double(count), bound) ? nil : "\(keyword) \(bound) does not hold for \(count)"
    }

    private func holds(_ number: Double?, _ wanted: YAMLValue, _ test: (Double, Double) -> Bool) -> String? {
        guard let number, let bound = wanted.number else { return nil }
        return test(number, bound) ? nil : "\(number) is beyond \(bound)"
    }

    static func matches(_ text: String, _ pattern: String) -> Bool {
        let expression = patterns.withLock { known -> NSRegularExpression? in
            if let expression = known[pattern] { return expression }
            let expression = try? NSRegularExpression(pattern: pattern)
            known[pattern] = expression
            return expression
        }
        return expression?.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
    }

    private func formatProblem(_ value: JSONValue, _ format: String) -> String? {
        switch format {
        case "date-time":
            value.string.flatMap { Timestamp(rfc3339: $0) == nil ? "'\($0)' is not a time" : nil }
        case "date":
            value.string.flatMap { $0.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) == nil ? "'\($0)' is not a day" : nil }
        case "int32": value.integer.flatMap { Int32(exactly: $0) == nil ? "\($0) is no int32" : nil }
        case "int64", "double", "uuid", "uri-reference", "uri": nil
        default: "the checker does not know the format \(format)"
        }
    }
}
