import OpenAPIContract
import StrictJSON
import Yams

/// Holds answers against the contract: the operation must document the status, and headers and body must have the shape
/// that it says. A member that the schema does not name is a mistake here, although clients have to live with it.
package struct AnswerContract: Sendable {
    /// The program's own contract, parsed once.
    package static let shared = AnswerContract(yaml: String(decoding: OpenAPIContract.bytes, as: UTF8.self))

    private let checker: SchemaChecker
    private let paths: [(template: [Substring], operations: YAMLValue)]

    package init(yaml: String) {
        guard let document = try? Yams.load(yaml: yaml) else { preconditionFailure("the contract is not YAML") }
        checker = SchemaChecker(document: YAMLValue(document))
        paths = (checker.document["paths"]?.members ?? [:]).map { ($0.key.split(separator: "/"), $0.value) }
    }

    /// - Parameter headers: by their names in small letters.
    /// - Returns: what is wrong; empty when the answer is as documented.
    package func problems(
        _ method: String, _ path: String, status: Int, headers: [String: String], body: [UInt8]
    ) -> [String] {
        let elements = path.prefix { $0 != "?" }.split(separator: "/")
        // The viewer's own files are no part of the contract.
        if elements.first == "docs", elements.count > 1 { return [] }
        guard let operation = operation(method, elements) else {
            guard status == 404 || status == 405 else { return ["no operation is documented that answers \(status)"] }
            if method == "HEAD", body.isEmpty { return [] }
            return checker.problems(of: body, against: "Problem")
        }
        guard let response = operation["responses"]?[String(status)].map(checker.resolved) else {
            return ["status \(status) is not documented"]
        }
        let found = headerProblems(response, headers)
        guard method != "HEAD" else { return found + (body.isEmpty ? [] : ["an answer to HEAD has a body"]) }
        return found + bodyProblems(response, headers["content-type"] ?? "", body)
    }

    private func operation(_ method: String, _ elements: [Substring]) -> YAMLValue? {
        let fitting = paths.filter { template, _ in
            template.count == elements.count
                && zip(template, elements).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        // A template that says a name beats one that takes any.
        let best = fitting.min { names($0.template) < names($1.template) }
        // Every GET answers HEAD.
        return best?.operations[method == "HEAD" ? "get" : method.lowercased()]
    }

    private func names(_ template: [Substring]) -> Int { template.count { $0.hasPrefix("{") } }

    private func headerProblems(_ response: YAMLValue, _ headers: [String: String]) -> [String] {
        (response["headers"]?.members ?? [:]).compactMap { name, header in
            let header = checker.resolved(header)
            guard let text = headers[name.lowercased()] else {
                return header["required"] == .boolean(true) ? "the header \(name) is missing" : nil
            }
            guard let pattern = header["schema"]?["pattern"]?.string, !SchemaChecker.matches(text, pattern) else {
                return nil
            }
            return "the header \(name) is '\(text)', which does not match \(pattern)"
        }
    }

    private func bodyProblems(_ response: YAMLValue, _ contentType: String, _ body: [UInt8]) -> [String] {
        guard let content = response["content"]?.members else {
            return body.isEmpty ? [] : ["the answer has a body, and none is documented"]
        }
        let type = String(contentType.prefix { $0 != ";" })
        guard let media = content[type] else { return ["the media type '\(type)' is not documented"] }
        guard type == "application/json" || type.hasSuffix("+json"), let schema = media["schema"] else { return [] }
        return checker.problems(of: body, against: schema)
    }
}

/// A document as values that tasks may share.
enum YAMLValue: Sendable, Equatable {
    case map([String: YAMLValue])
    case list([YAMLValue])
    case string(String)
    case integer(Int64)
    case number(Double)
    case boolean(Bool)
    case null

    init(_ value: Any?) {
        switch value {
        case let map as [String: Any]: self = .map(map.mapValues { YAMLValue($0) })
        case let list as [Any]: self = .list(list.map { YAMLValue($0) })
        case let text as String: self = .string(text)
        case let boolean as Bool: self = .boolean(boolean)
        case let integer as Int: self = .integer(Int64(integer))
        case let number as Double: self = .number(number)
        default: self = .null
        }
    }

    var members: [String: YAMLValue]? { if case .map(let members) = self { members } else { nil } }
    var elements: [YAMLValue]? { if case .list(let elements) = self { elements } else { nil } }
    var string: String? { if case .string(let text) = self { text } else { nil } }
    var number: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        default: nil
        }
    }

    subscript(_ name: String) -> YAMLValue? { members?[name] }
}
