package enum SKUKind: IdentifierKind {
    package static let name = "sku"
}

package enum LocationKind: IdentifierKind {
    package static let name = "location"
}

package enum GroupKind: IdentifierKind {
    package static let name = "group"
}

package enum SourceKind: IdentifierKind {
    package static let name = "source"
}

package enum ChannelKind: IdentifierKind {
    package static let name = "channel"
    package static let standsInPaths = false
}

package enum CodeSystemKind: IdentifierKind {
    package static let name = "codeSystem"
    package static let standsInPaths = false
}

/// A text of other systems' making: never part of a path, so it may hold anything printable.
package protocol ForeignTextKind: IdentifierKind {}

extension ForeignTextKind {
    package static var lengthMax: Int { 128 }
    package static var forbidsPathMarks: Bool { false }
    package static var allowsOuterSpaces: Bool { true }
    package static var allowsUnseen: Bool { true }
    package static var standsInPaths: Bool { false }
}

package enum CodeKind: ForeignTextKind {
    package static let name = "code"
}

package enum EventKind: ForeignTextKind {
    package static let name = "eventId"
    package static let allowsOuterSpaces = false
    package static let allowsUnseen = false
}

package enum ReferenceKind: ForeignTextKind {
    package static let name = "reference"
}

package enum ReasonKind: ForeignTextKind {
    package static let name = "reason"
}

/// Sizes and colours of one product.
package enum FamilyKind: IdentifierKind {
    package static let name = "family"
    package static let standsInPaths = false
}

package typealias SKU = Identifier<SKUKind>
package typealias LocationID = Identifier<LocationKind>
package typealias Family = Identifier<FamilyKind>
package typealias GroupID = Identifier<GroupKind>
package typealias SourceID = Identifier<SourceKind>
package typealias Channel = Identifier<ChannelKind>
package typealias CodeSystem = Identifier<CodeSystemKind>
package typealias Code = Identifier<CodeKind>
package typealias EventID = Identifier<EventKind>
package typealias Reference = Identifier<ReferenceKind>
package typealias Reason = Identifier<ReasonKind>

extension CodeSystem {
    /// The code system of GTINs (GS1), compared as 14 digits.
    package static let gtin = CodeSystem(stored: "gtin")
    /// UPC-E, where who sends a code knows that it is one: of 8 digits, some are a GTIN-8 as well.
    package static let upcE = CodeSystem(stored: "upc-e")
}

extension SourceID {
    /// The source of lines that Holdfast writes itself. Clients may not use it.
    package static let holdfast = SourceID(stored: "holdfast")
}

/// The store's own number of an item; never reused, never shown.
package struct ItemNumber: Sendable, Hashable, Comparable {
    package let rawValue: Int64
    package init(_ rawValue: Int64) { self.rawValue = rawValue }
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The store's own number of a location; never reused, never shown.
package struct LocationNumber: Sendable, Hashable, Comparable {
    package let rawValue: Int32
    package init(_ rawValue: Int32) { self.rawValue = rawValue }
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The store's own number of whoever did something; never reused, never shown.
package struct ActorNumber: Sendable, Hashable {
    package let rawValue: Int32
    package init(_ rawValue: Int32) { self.rawValue = rawValue }
}

/// The store's own number of a source; never reused, never shown.
package struct SourceNumber: Sendable, Hashable {
    package let rawValue: Int32
    package init(_ rawValue: Int32) { self.rawValue = rawValue }

    /// Of the lines that Holdfast writes itself: the first migration that needed it gave it this number.
    package static let holdfast = SourceNumber(0)
}
