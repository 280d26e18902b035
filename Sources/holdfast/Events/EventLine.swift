import Foundation
import Inventory
import StrictJSON

/// One event on one line, in the words of whoever watches a shop.
struct EventLine {
    enum Color: Int {
        case plain = 0
        case red = 31
        case green, yellow, blue, magenta, cyan
        case grey = 90
    }

    /// Columns, so that lines under each other can be compared.
    private static let typeWidth = 13
    private static let placeWidth = 26

    let time: String
    let what: String
    let place: String
    let detail: String
    let color: Color

    /// - Parameter json: the CloudEvents JSON. What is not known of it is left out.
    init(_ json: JSONValue, in zone: TimeZone) {
        let type = json["type"]?.string ?? "?"
        let data = json["data"]
        time = Self.clock(json["time"]?.string, zone)
        place = Self.place(type, data)
        (what, detail, color) = Self.words(type, data, json["subject"]?.string)
    }

    func text(isColored: Bool) -> String {
        let what = what.padded(to: Self.typeWidth)
        let place = place.padded(to: Self.placeWidth)
        guard isColored else { return "\(time)  \(what)  \(place)  \(detail)" }
        return "\(Self.paint(time, .grey))  \(Self.paint(what, color))  \(place)  \(detail)"
    }

    private static func paint(_ text: String, _ color: Color) -> String {
        "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m"
    }

    /// The time of day in the zone, to the millisecond.
    private static func clock(_ text: String?, _ zone: TimeZone) -> String {
        guard let text, let time = Timestamp(rfc3339: text) else { return "--:--:--.---" }
        let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.microseconds) / 1e6))
        let milliseconds = (time.microseconds / 1_000 + Int64(offset) * 1_000) % 86_400_000
        let seconds = milliseconds / 1_000
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60)
        return
            "\(hours.twoDigits):\(minutes.twoDigits):\((seconds % 60).twoDigits).\((milliseconds % 1_000).threeDigits)"
    }

    private static func place(_ type: String, _ data: JSONValue?) -> String {
        guard let data else { return "" }
        if type.hasPrefix("reservation.") { return lines(of: data) }
        if type.hasPrefix("transfer.") {
            return "\(data["from"]?.string ?? "supplier") > \(data["to"]?.string ?? "?")"
        }
        let location =
            data["location"]?.string ?? data["group"]?.string.map { "group \($0)" }
            ?? (type.hasSuffix("band.changed") ? "everywhere" : nil)
        return [data["sku"]?.string, location].compactMap { $0 }.joined(separator: " @ ")
    }

    /// What a reservation is for, as far as there is room.
    private static func lines(of data: JSONValue) -> String {
        let lines = data["lines"]?.elements ?? []
        guard let first = lines.first else { return data["location"]?.string ?? "" }
        let text = "\(first["quantity"]?.integer ?? 0) x \(first["sku"]?.string ?? "?")"
        let more = lines.count > 1 ? " +\(lines.count - 1)" : ""
        let location = first["location"]?.string ?? data["location"]?.string
        return text + more + (location.map { " @ \($0)" } ?? "")
    }

    private static func words(
        _ type: String, _ data: JSONValue?, _ subject: String?
    ) -> (what: String, detail: String, color: Color) {
        let short = type.split(separator: ".").last.map(String.init) ?? type
        guard let data else { return (short, subject ?? "", .plain) }
        switch type {
        case "inventory.movement.recorded": return movement(data)
        case "inventory.availability.changed": return availability(data)
        case "inventory.band.changed":
            let band = data["band"]?.string ?? "?"
            let detail = "\(data["previousBand"]?.string ?? "?") > \(band)"
            let channel = data["channel"]?.string.map { ", channel \($0)" } ?? ""
            return ("band", detail + channel, band == "out" ? .red : band == "low" ? .yellow : .green)
        case "count.recorded":
            let lines = data["lines"]?.integer ?? 0
            return ("count", "\(lines) lines\(data["complete"]?.boolean == true ? ", complete" : "")", .cyan)
        case "location.silent":
            return ("silent", "not heard since \(data["silentSince"]?.string ?? "?")", .red)
        case "location.heard": return ("heard", "reports again", .green)
        case "supply.changed": return supply(data, subject)
        case "proof.failed": return ("PROOF FAILED", data["detail"]?.string ?? "", .red)
        default: break
        }
        if type.hasPrefix("reservation.") { return reservation(short, data) }
        if type.hasPrefix("transfer.") {
            let count = data["lines"]?.elements?.count ?? 0
            return ("transfer", "\(short), \(count) lines, \(data["id"]?.string ?? "")", .blue)
        }
        if type.hasPrefix("exception.") {
            let kind = data["type"]?.string ?? ""
            return ("exception", "\(short): \(kind) \(data["detail"]?.string ?? "")", short == "opened" ? .red : .grey)
        }
        return (short, subject ?? "", .plain)
    }

    private static func movement(_ data: JSONValue) -> (String, String, Color) {
        let units = data["units"]?.integer
        var parts: [String] = []
        if let units { parts.append((units > 0 ? "+" : "") + "\(units) \(data["bucket"]?.string ?? "")") }
        if let reserved = data["reservedDelta"]?.integer, reserved != 0 {
            parts.append((reserved > 0 ? "+" : "") + "\(reserved) reserved")
        }
        if let after = data["balanceAfter"]?["onHand"]?.integer { parts.append("\(after) on hand") }
        if let reference = data["reference"]?.string { parts.append(reference) }
        return (data["type"]?.string ?? "movement", parts.joined(separator: ", "), (units ?? 0) < 0 ? .magenta : .blue)
    }

    private static func availability(_ data: JSONValue) -> (String, String, Color) {
        let sellable = data["availableToSell"]?.integer
        var parts = [sellable.map { "\($0) to sell" } ?? "cannot be sold here"]
        if let onHand = data["onHand"]?.integer { parts.append("\(onHand) on hand") }
        if let reserved = data["reserved"]?.integer, reserved != 0 { parts.append("\(reserved) reserved") }
        if let held = data["safetyStock"]?.integer, held != 0 { parts.append("\(held) safety stock") }
        if let band = data["band"]?.string { parts.append(band) }
        return ("available", parts.joined(separator: ", "), (sellable ?? 0) > 0 ? .green : .red)
    }

    private static func reservation(_ step: String, _ data: JSONValue) -> (String, String, Color) {
        var parts = [step]
        if let method = data["method"]?.string { parts.append(method) }
        if let reference = data["reference"]?.string { parts.append(reference) }
        if let id = data["id"]?.string { parts.append(id) }
        let isBad = step == "atRisk" || step == "notFound" || step == "expired"
        return ("order", parts.joined(separator: ", "), isBad ? .yellow : .cyan)
    }

    private static func supply(_ data: JSONValue, _ subject: String?) -> (String, String, Color) {
        guard let quantity = data["quantity"]?.integer else { return ("supply", "\(subject ?? "") withdrawn", .grey) }
        return ("supply", "\(quantity) expected \(data["expectedAt"]?.string ?? "")", .blue)
    }
}

extension String {
    /// Longer texts stay as they are.
    fileprivate func padded(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}

extension Int64 {
    fileprivate var twoDigits: String { self < 10 ? "0\(self)" : "\(self)" }
    fileprivate var threeDigits: String { self < 100 ? "0\(twoDigits)" : "\(self)" }
}
