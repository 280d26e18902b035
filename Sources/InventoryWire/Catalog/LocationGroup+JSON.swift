package import Inventory
package import StrictJSON

extension LocationGroup {
    package init?(from reader: inout ObjectReader, id: GroupID) {
        let name = reader.label("name", isRequired: true)
        let channel = reader.identifier("channel", ChannelKind.self)
        let locations = reader.identifiers("locations", countMax: Self.locationsMax, LocationKind.self)
        guard let name else { return nil }
        self.init(id: id, name: name, channel: channel, locations: locations)
    }
}
