package import Inventory
package import StrictJSON

extension Alias {
    package init?(from reader: inout ObjectReader) {
        let system = reader.identifier("codeSystem", CodeSystemKind.self, isRequired: true)
        let code = reader.identifier("code", CodeKind.self, isRequired: true)
        if system == .gtin, let code, !GTIN.hasLength(code) {
            reader.report("code", "must be a GTIN of 8, 12, 13 or 14 digits, which '\(code)' is not")
        }
        let sku = reader.identifier("sku", SKUKind.self, isRequired: true)
        let units = reader.integer("unitsPerCode", in: 1...1_000_000)
        guard let system, let code, let sku else { return nil }
        self.init(
            codeSystem: system, code: code, sku: sku,
            unitsPerCode: units.flatMap(UnitsPerCode.init(units:)) ?? .one)
    }
}

extension LocationAlias {
    package init?(from reader: inout ObjectReader) {
        let system = reader.identifier("codeSystem", CodeSystemKind.self, isRequired: true)
        let code = reader.identifier("code", CodeKind.self, isRequired: true)
        let location = reader.identifier("location", LocationKind.self, isRequired: true)
        guard let system, let code, let location else { return nil }
        self.init(codeSystem: system, code: code, location: location)
    }
}
