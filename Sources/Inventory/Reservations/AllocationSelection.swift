/// What of a reservation an action is about.
package enum AllocationSelection: Sendable, Hashable {
    /// Everything that it can be about.
    case everything
    /// Each at most once; a nil quantity is all of it.
    case some([Part])
    /// Lines, each at most once, wherever their units are; of a kit, whole kits. A nil quantity is all of it.
    case lines([LinePart])

    package struct Part: Sendable, Hashable {
        package let id: AllocationID
        package let quantity: Quantity?

        package init(id: AllocationID, quantity: Quantity?) {
            self.id = id
            self.quantity = quantity
        }
    }

    package struct LinePart: Sendable, Hashable {
        package let id: LineID
        package let quantity: Quantity?

        package init(id: LineID, quantity: Quantity?) {
            self.id = id
            self.quantity = quantity
        }
    }
}
