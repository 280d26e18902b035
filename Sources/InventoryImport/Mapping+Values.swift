import InventoryService
import Yams

/// The settings of a mapping that say how cells are read: numbers, what stands for empty ones, and lists of values.
extension Mapping {
    /// Entries of one list of values.
    private static let valuesMax = 1_000

    /// - Parameter base: what holds where the node says nothing.
    static func numbers(_ node: Node?, over base: NumberFormat = NumberFormat()) throws(ImportError) -> NumberFormat {
        guard let node else { return base }
        guard let map = node.mapping else {
            throw .mapping("numbers must be a map such as { decimal: \",\", grouping: \".\" }")
        }
        var format = base
        for (key, value) in map {
            switch key.string {
            case "decimal": format.decimal = try sign(value, "decimal", of: [".", ","])
            case "grouping": format.grouping = try sign(value, "grouping", of: [".", ",", " ", "'"])
            case "minus": format.minus = try minus(value)
            case "factor":
                guard let factor = value.string.flatMap(ExactDecimal.init), factor.digits > 0 else {
                    throw .mapping("factor of numbers must be a number above 0 such as 1000 or 0.001")
                }
                format.factor = factor
            default:
                throw .mapping(
                    "'\(key.string ?? "?")' is not known in numbers; there are decimal, grouping, minus and factor")
            }
        }
        guard format.decimal == nil || format.decimal != format.grouping else {
            throw .mapping("decimal and grouping of numbers must differ")
        }
        return format
    }

    private static func sign(
        _ node: Node, _ name: String, of signs: [Unicode.Scalar]
    ) throws(ImportError) -> Unicode.Scalar {
        guard let sign = signs.first(where: { String($0) == node.string }) else {
            let known = signs.map { "\"\($0)\"" }.joined(separator: ", ")
            throw .mapping("\(name) of numbers must be one of \(known)")
        }
        return sign
    }

    private static func minus(_ node: Node) throws(ImportError) -> NumberFormat.Minus {
        let texts = node.texts
        var minus: NumberFormat.Minus = []
        for text in texts {
            switch text {
            case "leading": break
            case "trailing": minus.insert(.trailing)
            case "parentheses": minus.insert(.parentheses)
            default: throw .mapping("minus of numbers must be leading, trailing or parentheses, or a list of these")
            }
        }
        guard !texts.isEmpty else { throw .mapping("minus of numbers must be leading, trailing or parentheses") }
        return minus
    }

    /// By field, what stands for an empty cell.
    static func defaults(_ node: Node?, of kind: Kind) throws(ImportError) -> [String: String] {
        guard let node else { return [:] }
        guard let map = node.mapping else { throw .mapping("defaults must map fields to texts") }
        var defaults: [String: String] = [:]
        for (key, value) in map {
            let name = try field(key, "defaults", of: kind)
            guard let text = value.string else { throw .mapping("defaults of '\(name)' must be a text or a number") }
            defaults[name] = text
        }
        return defaults
    }

    /// By field, what the file's texts stand for.
    static func values(_ node: Node?, of kind: Kind) throws(ImportError) -> [String: [String: String]] {
        guard let node else { return [:] }
        guard let map = node.mapping else { throw .mapping("values must map fields to lists such as { J: active }") }
        var values: [String: [String: String]] = [:]
        for (key, list) in map {
            let name = try field(key, "values", of: kind)
            guard let list = list.mapping else {
                throw .mapping("values of '\(name)' must map the file's texts to the field's, such as { J: active }")
            }
            guard list.count <= valuesMax else { throw .mapping("values of '\(name)' may have \(valuesMax) entries") }
            var texts: [String: String] = [:]
            for (text, value) in list {
                guard let text = text.string, let value = value.string else {
                    throw .mapping("values of '\(name)' must map texts to texts")
                }
                texts[text.trimmedBlanks] = value
            }
            values[name] = texts
        }
        return values
    }

    private static func field(_ key: Node, _ setting: String, of kind: Kind) throws(ImportError) -> String {
        guard let name = key.string, kind.fieldNames.contains(name) else {
            throw .mapping("'\(key.string ?? "?")' in \(setting) is not a field of \(kind.rawValue)")
        }
        return name
    }
}
