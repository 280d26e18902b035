import Inventory
import InventoryService
import StrictJSON

/// Completes the names in a JSON line of things that have names, as those of a CSV row are completed: codes that name no
/// code system are of the import's, and codes of locations become ids. Facts and figures read both by themselves.
struct JSONLineNames {
    let kind: ImportKind
    let file: ImportFile

    /// Why a line cannot be put as it stands.
    struct Refusal: Error {
        /// To the code that cannot be used.
        let pointer: String
        let why: String
    }

    /// - Returns: the line itself where nothing is to be completed.
    func completed(_ line: JSONValue) throws(Refusal) -> JSONValue {
        guard kind.mayNameByCode, let members = line.members else { return line }
        var text: String
        switch kind {
        case .safetyStockRules, .thresholds, .ringFences, .saleRestrictions:
            text = "{\(try inside("scope", of: members))}"
        case .transfers:
            // Its ends are named at the top, and its items in its lines.
            text = try completed(members, at: "", places: kind.placeFields)
            if let whole = try? JSONDocument(parsing: Array(text.utf8)).root.members {
                text = "{\(try inside("lines", of: whole))}"
            }
        default: text = try completed(members, at: "", places: kind.placeFields)
        }
        // It was JSON before; what has become too much of it is refused for that by its reader.
        return (try? JSONDocument(parsing: Array(text.utf8)).root) ?? line
    }

    private typealias Members = [(name: JSONValue, value: JSONValue)]

    /// Members of which one is completed: an object, or each object of an array.
    private func inside(_ name: String, of members: Members) throws(Refusal) -> String {
        var parts: [String] = []
        for member in members {
            var value = member.value.rawText
            if member.name.string == name {
                if let elements = member.value.elements {
                    var completed: [String] = []
                    for (place, element) in elements.enumerated() {
                        completed.append(try self.completed(element, at: "/\(name)/\(place)", places: []))
                    }
                    value = "[\(completed.joined(separator: ","))]"
                } else {
                    value = try completed(member.value, at: "/\(name)", places: kind.placeFields)
                }
            }
            parts.append("\(member.name.rawText):\(value)")
        }
        return parts.joined(separator: ",")
    }

    private func completed(_ value: JSONValue, at pointer: String, places: [String]) throws(Refusal) -> String {
        guard let members = value.members else { return value.rawText }
        return try completed(members, at: pointer, places: places)
    }

    /// - Parameter places: members that name locations; each may be given by its code.
    private func completed(_ members: Members, at pointer: String, places: [String]) throws(Refusal) -> String {
        var given: [String: JSONValue] = [:]
        for (name, value) in members where !value.isNull { given[name.string ?? ""] = value }
        let system = given["codeSystem"]
        let namesPlace = places.contains { given["\($0)Code"] != nil }
        var parts: [String] = []
        for (name, value) in members {
            let text = name.string ?? ""
            if let place = places.first(where: { "\($0)Code" == text }), !value.isNull {
                let pointer = "\(pointer)/\(text)"
                guard given[place] == nil else {
                    throw Refusal(pointer: pointer, why: "and \(place) are both given; give one of them")
                }
                let location = try location(value, system?.string ?? file.order.codeSystem?.text, pointer)
                parts.append("\"\(place)\":\(location.text.json)")
            } else if text == "codeSystem", value.isNull || namesPlace && given["code"] == nil {
                // Beside what no code is left of, it says nothing.
                continue
            } else {
                parts.append("\(name.rawText):\(value.rawText)")
            }
        }
        if given["code"] != nil, system == nil, let known = file.order.codeSystem {
            parts.append("\"codeSystem\":\(known.text.json)")
        }
        return "{\(parts.joined(separator: ","))}"
    }

    private func location(_ code: JSONValue, _ system: String?, _ pointer: String) throws(Refusal) -> LocationID {
        guard let system else {
            throw Refusal(pointer: pointer, why: "is of no code system: name it in the line, or beside the file")
        }
        guard let text = code.string, let location = file.location(system, text) else {
            throw Refusal(
                pointer: pointer,
                why: "is mapped to no location in code system '\(system)'; add a location alias first")
        }
        return location
    }
}

extension ImportKind {
    /// Whether its JSON lines may name items or locations by codes. Groups and sources list ids.
    fileprivate var mayNameByCode: Bool {
        switch self {
        case .aliases, .locationAliases, .expectedSupply, .transfers: true
        default: isRule
        }
    }
}

extension JSONValue {
    /// As it was sent.
    fileprivate var rawText: String { String(decoding: raw, as: UTF8.self) }
}

extension String {
    /// As a JSON string.
    fileprivate var json: String {
        var writer = JSONWriter()
        writer.value(self)
        return writer.text
    }
}
