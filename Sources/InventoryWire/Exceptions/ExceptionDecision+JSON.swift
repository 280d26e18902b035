import Inventory
package import InventoryService
package import StrictJSON

extension ExceptionDecision {
    package init?(from reader: inout ObjectReader) {
        guard let action = reader.choice("action", ExceptionAction.self, isRequired: true) else { return nil }
        // What another action asks for may be there and say nothing.
        for name: StaticString in ["sku", "name", "line", "delta", "reason"] { reader.passOver(name) }
        reader.passOver("unitsPerCode") { $0.integer == 1 }
        self.init(action, from: &reader)
    }

    private init?(_ action: ExceptionAction, from reader: inout ObjectReader) {
        switch action {
        case .mapCode:
            let sku = reader.identifier("sku", SKUKind.self, isRequired: true)
            let units = reader.integer("unitsPerCode", in: 1...1_000_000).map(UnitsPerCode.init(units:)) ?? .one
            guard let sku, let units else { return nil }
            self = .mapCode(sku: sku, unitsPerCode: units)
        case .mapLocation:
            guard let location = reader.identifier("location", LocationKind.self, isRequired: true) else { return nil }
            self = .mapLocation(location)
        case .acceptAsNew:
            let name = reader.label("name", isRequired: true)
            let sku = reader.identifier("sku", SKUKind.self)
            guard let name else { return nil }
            self = .acceptAsNew(name: name, sku: sku)
        case .correct:
            if let line = reader.value("line") {
                self = .correctLine(FactLineReader(codeSystem: nil, hash: sha256).read(line))
                return
            }
            let units = reader.integer("delta", in: -Quantity.maxUnits...Quantity.maxUnits)
            let reason = reader.identifier("reason", ReasonKind.self)
            guard let units, let reason else {
                reader.report("line", "is required for a rejected line; delta and reason for a balance")
                return nil
            }
            guard let delta = Delta(units: units) else {
                reader.report("delta", "must not be 0: nothing would change")
                return nil
            }
            self = .correctBalance(delta, reason)
        case .recount: self = .recount
        case .dismiss:
            guard let reason = reader.label("reason", isRequired: true) else { return nil }
            self = .dismiss(reason: reason)
        }
    }
}
