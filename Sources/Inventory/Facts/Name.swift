/// How lines name a balance: by sku or by code, and by location.
package struct Name: Sendable, Hashable {
    package let item: ItemReference
    package let location: LocationID
    /// Whose code system is meant when `item` is a code without one; nil otherwise.
    package let source: SourceNumber?

    package init(_ fact: FactLine, source: SourceNumber) {
        item = fact.item
        location = fact.location
        if case .code(nil, _) = fact.item { self.source = source } else { self.source = nil }
    }

    private init(item: ItemReference, location: LocationID, source: SourceNumber?) {
        self.item = item
        self.location = location
        self.source = source
    }

    /// The same item somewhere else.
    func at(_ location: LocationID) -> Name { Name(item: item, location: location, source: source) }

    /// - Parameter item: a sku, or a code with its system.
    package init(item: ItemReference, location: LocationID) {
        self.item = item
        self.location = location
        source = nil
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
    /// The code's system, the source's own where the line named none; nil for a sku, and when neither has one.
    package let codeSystem: CodeSystem?

    package init(isItemKnown: Bool, isLocationKnown: Bool, codeSystem: CodeSystem?) {
        self.isItemKnown = isItemKnown
        self.isLocationKnown = isLocationKnown
        self.codeSystem = codeSystem
    }
}
