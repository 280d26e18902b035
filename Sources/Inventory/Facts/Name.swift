/// How lines name a balance: by sku or by code, and by location or by a code of it.
package struct Name: Sendable, Hashable {
    package let item: ItemReference
    package let place: LocationReference
    /// Whose code system is meant when `item` or `place` is a code without one; nil otherwise.
    package let source: SourceNumber?

    package init(_ fact: FactLine, source: SourceNumber) {
        self.init(item: fact.item, place: fact.place, source: source)
    }

    private init(item: ItemReference, place: LocationReference, source: SourceNumber?) {
        self.item = item
        self.place = place
        switch (item, place) {
        case (.code(nil, _), _), (_, .code(nil, _)): self.source = source
        default: self.source = nil
        }
    }

    /// By its texts alone: nearly no two names differ in anything else.
    package func hash(into hasher: inout Hasher) {
        switch item {
        case .sku(let sku): hasher.combine(sku)
        case .code(_, let code): hasher.combine(code)
        }
        switch place {
        case .id(let id): hasher.combine(id)
        case .code(_, let code): hasher.combine(code)
        }
    }

    /// The same item somewhere else.
    func at(_ place: LocationReference, source: SourceNumber) -> Name { Name(item: item, place: place, source: source) }

    /// - Parameter item: a sku, or a code with its system.
    package init(item: ItemReference, location: LocationID) {
        self.init(item: item, place: .id(location), source: nil)
    }
}

/// An event id of a source.
package struct EventKey: Sendable, Hashable {
    package let source: SourceNumber
    package let event: EventID

    package init(source: SourceNumber, event: EventID) {
        self.source = source
        self.event = event
    }
}

/// Which half of a name, or both, nobody has told us about yet.
package struct UnknownName: Sendable, Hashable {
    package let isItemKnown: Bool
    package let isLocationKnown: Bool
    /// The item's code's system, the source's own where the line named none; nil for a sku, and when neither has one.
    package let codeSystem: CodeSystem?
    /// The same of the location's code; nil for an id.
    package let placeSystem: CodeSystem?

    package init(isItemKnown: Bool, isLocationKnown: Bool, codeSystem: CodeSystem?, placeSystem: CodeSystem? = nil) {
        self.isItemKnown = isItemKnown
        self.isLocationKnown = isLocationKnown
        self.codeSystem = codeSystem
        self.placeSystem = placeSystem
    }
}
