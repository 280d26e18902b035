/// Characters that would have to be escaped in a path, so that ids can be typed into one as they are.
private let unfitForPaths: Set<Unicode.Scalar> = ["/", "\\", "?", "#", "%"]

package enum SKUKind: IdentifierKind {
    package static let name = "sku"
    package static let lengthMax = 64
    package static let forbidden = unfitForPaths
    package static let allowsOuterSpaces = false
}

package enum LocationKind: IdentifierKind {
    package static let name = "location"
    package static let lengthMax = 64
    package static let forbidden = unfitForPaths
    package static let allowsOuterSpaces = false
}

package enum GroupKind: IdentifierKind {
    package static let name = "group"
    package static let lengthMax = 64
    package static let forbidden = unfitForPaths
    package static let allowsOuterSpaces = false
}

package enum SourceKind: IdentifierKind {
    package static let name = "source"
    package static let lengthMax = 64
    package static let forbidden = unfitForPaths
    package static let allowsOuterSpaces = false
}

package enum ChannelKind: IdentifierKind {
    package static let name = "channel"
    package static let lengthMax = 64
    package static let forbidden = unfitForPaths
    package static let allowsOuterSpaces = false
}

package enum CodeSystemKind: IdentifierKind {
    package static let name = "codeSystem"
    package static let lengthMax = 64
    package static let forbidden = unfitForPaths
    package static let allowsOuterSpaces = false
}

/// Another system's code may look odd; that is what aliases are for.
package enum CodeKind: IdentifierKind {
    package static let name = "code"
    package static let lengthMax = 128
    package static let forbidden: Set<Unicode.Scalar> = []
    package static let allowsOuterSpaces = true
}

package enum EventKind: IdentifierKind {
    package static let name = "eventId"
    package static let lengthMax = 128
    package static let forbidden: Set<Unicode.Scalar> = []
    package static let allowsOuterSpaces = false
}

package enum ReferenceKind: IdentifierKind {
    package static let name = "reference"
    package static let lengthMax = 128
    package static let forbidden: Set<Unicode.Scalar> = []
    package static let allowsOuterSpaces = true
}

package enum ReasonKind: IdentifierKind {
    package static let name = "reason"
    package static let lengthMax = 128
    package static let forbidden: Set<Unicode.Scalar> = []
    package static let allowsOuterSpaces = true
}

package typealias SKU = Identifier<SKUKind>
package typealias LocationID = Identifier<LocationKind>
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

/// The store's own number of a source; never reused, never shown.
package struct SourceNumber: Sendable, Hashable {
    package let rawValue: Int32
    package init(_ rawValue: Int32) { self.rawValue = rawValue }
}
