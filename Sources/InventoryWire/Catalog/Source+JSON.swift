package import Inventory
package import StrictJSON

extension Source {
    package init?(from reader: inout ObjectReader, id: SourceID) {
        let name = reader.label("name")
        let codeSystem = reader.identifier("codeSystem", CodeSystemKind.self)
        let locations = reader.identifiers("locations", countMax: Self.locationsMax, LocationKind.self)
        let authority = reader.choice("authority", Authority.self)
        self.init(
            id: id, name: name, codeSystem: codeSystem, locations: locations, authority: authority ?? .advisory)
    }
}
