package import Inventory

/// What a person decided about an exception, with what the action needs.
package enum ExceptionDecision: Sendable {
    case mapCode(sku: SKU, unitsPerCode: UnitsPerCode)
    case mapLocation(LocationID)
    /// - Parameter sku: of a code's new item; nil: the code itself.
    case acceptAsNew(name: String, sku: SKU?)
    /// A rejected line as it was meant.
    case correctLine(SubmittedLine)
    case correctBalance(Delta, Reason)
    case recount
    case dismiss(reason: String)

    package var action: ExceptionAction {
        switch self {
        case .mapCode: .mapCode
        case .mapLocation: .mapLocation
        case .acceptAsNew: .acceptAsNew
        case .correctLine, .correctBalance: .correct
        case .recount: .recount
        case .dismiss: .dismiss
        }
    }

    /// What tells it from others of the same action: SHA-256 of what it carries. Kept with the exception, so its making stays as
    /// it is.
    package var fingerprint: Digest {
        let parts: [String] =
            switch self {
            case .mapCode(let sku, let units): [sku.text, "\(units.units)"]
            case .mapLocation(let location): [location.text]
            case .acceptAsNew(let name, let sku): [name, sku?.text ?? ""]
            case .correctLine(let line): ["line", line.fingerprintText]
            case .correctBalance(let delta, let reason): ["balance", "\(delta.units)", "\(reason)"]
            case .recount: []
            case .dismiss(let reason): [reason]
            }
        let text = ([action.rawValue] + parts).map { "\($0.utf8.count):\($0)" }.joined()
        return sha256(Array(text.utf8))
    }
}

extension SubmittedLine {
    fileprivate var fingerprintText: String {
        switch content {
        case .fact(_, let fingerprint), .impossible(_, let fingerprint, _): "\(fingerprint.high) \(fingerprint.low)"
        case .malformed: String(decoding: raw, as: UTF8.self)
        }
    }
}
