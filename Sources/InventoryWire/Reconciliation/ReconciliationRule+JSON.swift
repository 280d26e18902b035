package import Inventory
package import StrictJSON

extension ReconciliationRule {
    package init?(from reader: inout ObjectReader, id: ReconciliationRuleID) {
        let source = reader.identifier("source", SourceKind.self)
        let location = reader.identifier("location", LocationKind.self)
        let units = 0...ReconciliationLimits.unitsMax
        self.init(
            id: id, source: source, location: location,
            limits: ReconciliationLimits(
                toleranceUnits: reader.integer("toleranceUnits", in: units) ?? 0,
                tolerancePercent: reader.integer("tolerancePercent", in: 0...100) ?? 0,
                autoCorrectUnits: reader.integer("autoCorrectUnits", in: units) ?? 0))
    }
}
