/// What a line names that cannot be meant, as far as that can be read: whom it is for, although nothing of it is applied. A
/// class, since every line has room for one and few have one.
package final class LineNames: Sendable {
    package struct Place: Sendable, Hashable {
        /// The field that names it.
        package let field: String
        package let reference: LocationReference

        package init(field: String, reference: LocationReference) {
            self.field = field
            self.reference = reference
        }
    }

    /// All that it names, each once.
    package let items: [ItemReference]
    /// Where it says that it happened; nil where it names none, or several.
    package let place: LocationReference?
    /// All that it names, where it says twice what may be said once too.
    package let places: [Place]

    /// - Parameters:
    ///   - items: all that it names.
    ///   - isDestination: whether a place is where units went to, and not where it happened.
    package init(items: [ItemReference], places: [Place], isDestination: (Place) -> Bool = { _ in false }) {
        let here = Set(places.filter { !isDestination($0) }.map(\.reference))
        self.items = items.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        place = here.count == 1 ? here.first : nil
        self.places = places
    }

    /// Of a line whose place its message says.
    package convenience init(items: [ItemReference], at place: LocationReference) {
        self.init(items: items, places: [Place(field: "location", reference: place)])
    }

    /// Of a fact.
    init(_ fact: FactLine) {
        (items, place, places) = ([fact.item], fact.place, [])
    }

    /// Nil where it names none, or several.
    package var item: ItemReference? { items.count == 1 ? items[0] : nil }
}
