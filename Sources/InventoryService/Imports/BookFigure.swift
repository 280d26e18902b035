package import Inventory

/// What another system's file says that it computes was there.
package struct BookFigure: Sendable, Hashable {
    package var source: SourceID
    package var asOf: Timestamp
    package var item: ItemReference
    package var location: LocationReference
    /// Sellable units, or codes of so many units each; below zero where their books are.
    package var quantity: Int64

    package init(
        source: SourceID, asOf: Timestamp, item: ItemReference, location: LocationReference, quantity: Int64
    ) {
        self.source = source
        self.asOf = asOf
        self.item = item
        self.location = location
        self.quantity = quantity
    }
}

/// A figure as it is kept until all of its file are there.
package struct StagedFigure: Sendable {
    /// Of the file.
    package let line: Int64
    package let figure: BookFigure
    /// The record's beginning, for the report.
    package let raw: String

    package init(line: Int64, figure: BookFigure, raw: String) {
        self.line = line
        self.figure = figure
        self.raw = raw
    }
}

/// Why a figure cannot be compared. Raw values are the codes of the report.
package enum FigureProblem: String, Sendable, Hashable, CaseIterable {
    case unknownSku, unknownCode, unknownLocation, unknownLocationCode, kit

    var field: String {
        switch self {
        case .unknownSku, .kit: "/sku"
        case .unknownCode: "/code"
        case .unknownLocation: "/location"
        case .unknownLocationCode: "/locationCode"
        }
    }

    var detail: String {
        switch self {
        case .unknownSku: "no item has this sku; create it, and import the file again"
        case .unknownCode: "is mapped to no item; add an alias, and import the file again"
        case .unknownLocation: "no location has this id; create it, and import the file again"
        case .unknownLocationCode: "is mapped to no location; add a location alias, and import the file again"
        case .kit: "is a kit, which has no stock of its own; send its components"
        }
    }
}

/// What figures are compared together: one source's, of one location, as of one instant.
package struct FigurePlace: Sendable, Hashable {
    package let source: SourceID
    package let location: LocationID
    package let asOf: Timestamp

    package init(source: SourceID, location: LocationID, asOf: Timestamp) {
        self.source = source
        self.location = location
        self.asOf = asOf
    }
}

/// All of one item at a place: rows of it, in bins or by codes, add up.
package struct FigureSum: Sendable, Hashable {
    package let sku: SKU
    /// Not beyond `Quantity.maxUnits`, either way; nil where they add up to more.
    package let units: Int64?
    package let rows: Int
    /// The first of them, and how it begins.
    package let line: Int64
    package let raw: String

    package init(sku: SKU, units: Int64?, rows: Int, line: Int64, raw: String) {
        self.sku = sku
        self.units = units
        self.rows = rows
        self.line = line
        self.raw = raw
    }
}

/// Figures that are taken off the heap together.
package struct FigureHeap: Sendable, Hashable {
    package let place: FigurePlace
    /// In an order of their own; at most as many as were asked for.
    package let sums: [FigureSum]
    /// There are more of the same place.
    package let hasMore: Bool
    /// Names it to the store.
    package let key: Key

    package struct Key: Sendable, Hashable {
        package let location: Int32
        package let lastItem: Int64

        package init(location: Int32, lastItem: Int64) {
            self.location = location
            self.lastItem = lastItem
        }
    }

    package init(place: FigurePlace, sums: [FigureSum], hasMore: Bool, key: Key) {
        self.place = place
        self.sums = sums
        self.hasMore = hasMore
        self.key = key
    }
}
