/// Which item a line means: the canonical sku, or another system's code for it.
package enum ItemReference: Sendable, Hashable {
    case sku(SKU)
    /// A nil system means the code system of the line's source.
    case code(system: CodeSystem?, Code)
}

/// Which location a line means: its id, or another system's code for it.
package enum LocationReference: Sendable, Hashable, CustomStringConvertible {
    case id(LocationID)
    /// A nil system means the code system of the line's source.
    case code(system: CodeSystem?, Code)

    /// Nil for a code.
    package var id: LocationID? {
        if case .id(let id) = self { id } else { nil }
    }

    /// Of a code that names one; nil for an id.
    package var codeSystem: CodeSystem? {
        if case .code(let system, _) = self { system } else { nil }
    }

    /// By which it is looked up: the id, or the code as its system compares it.
    package var name: String {
        switch self {
        case .id(let id): id.text
        case .code(let system, let code): code.canonical(in: system).text
        }
    }

    /// The same with the system of its code spelt out.
    func resolved(in system: CodeSystem?) -> LocationReference {
        if case .code(nil, let code) = self { .code(system: system, code) } else { self }
    }

    /// What a line waits for that names it; nil for a code without a system.
    var missingThing: MissingThing? {
        switch self {
        case .id(let id): .location(id)
        case .code(let system?, let code): .locationCode(system, code)
        case .code(nil, _): nil
        }
    }

    package var description: String {
        switch self {
        case .id(let id): id.text
        case .code(_, let code): code.text
        }
    }
}

/// Where returned goods go.
package enum Disposition: String, Sendable, Hashable, CaseIterable {
    case sellable, inspection, damaged

    package var bucket: Bucket {
        switch self {
        case .sellable: .onHand
        case .inspection: .inspection
        case .damaged: .damaged
        }
    }
}

/// Which reservation, and which line of it, a till says that it sold or took back for.
package struct PromiseReference: Sendable, Hashable {
    package let reservation: Reference
    package let line: LineID?

    package init(reservation: Reference, line: LineID?) {
        self.reservation = reservation
        self.line = line
    }
}

/// One thing that has happened, as its source reported it: well formed, not yet judged.
///
/// What it says stands behind a reference, since a line goes from hand to hand: whoever copies it copies a pointer.
package struct FactLine: Sendable, Hashable {
    private struct Content: Hashable {
        var eventID: EventID
        var item: ItemReference
        var place: LocationReference
        var change: FactChange
        var occurredAt: Timestamp?
        var reference: Reference?
        var expectedVersion: Int64?
        var attributes: String?
        var soldFor: PromiseReference?
        var expectedSupply: Reference?
    }

    private final class Box: Sendable {
        let content: Content

        init(_ content: Content) { self.content = content }
    }

    private var box: Box

    // An accessor for each field, and none by key path: judging a line reads its fields all the time.

    private mutating func set<Value>(_ field: WritableKeyPath<Content, Value>, _ value: Value) {
        var content = box.content
        content[keyPath: field] = value
        box = Box(content)
    }

    package var eventID: EventID {
        get { box.content.eventID }
        set { set(\.eventID, newValue) }
    }
    package var item: ItemReference {
        get { box.content.item }
        set { set(\.item, newValue) }
    }
    package var place: LocationReference {
        get { box.content.place }
        set { set(\.place, newValue) }
    }
    package var change: FactChange {
        get { box.content.change }
        set { set(\.change, newValue) }
    }
    /// Nil: at its arrival.
    package var occurredAt: Timestamp? {
        get { box.content.occurredAt }
        set { set(\.occurredAt, newValue) }
    }
    package var reference: Reference? {
        get { box.content.reference }
        set { set(\.reference, newValue) }
    }
    /// Compared with the balance's version before the request. Only on adjustments and state changes.
    package var expectedVersion: Int64? {
        get { box.content.expectedVersion }
        set { set(\.expectedVersion, newValue) }
    }
    /// A free JSON object, kept as text.
    package var attributes: String? {
        get { box.content.attributes }
        set { set(\.attributes, newValue) }
    }
    /// Of a sale: the promise that it keeps; of a return: the one whose goods come back. Whatever the till wrote, which need
    /// not name anything.
    package var soldFor: PromiseReference? {
        get { box.content.soldFor }
        set { set(\.soldFor, newValue) }
    }
    /// Of a receipt: the expected supply that has come. Whatever the sender wrote.
    package var expectedSupply: Reference? {
        get { box.content.expectedSupply }
        set { set(\.expectedSupply, newValue) }
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.box === right.box || left.box.content == right.box.content
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(box.content) }

    package init(
        eventID: EventID, item: ItemReference, place: LocationReference, change: FactChange,
        occurredAt: Timestamp? = nil, reference: Reference? = nil, expectedVersion: Int64? = nil,
        attributes: String? = nil, soldFor: PromiseReference? = nil, expectedSupply: Reference? = nil
    ) {
        box = Box(
            Content(
                eventID: eventID, item: item, place: place, change: change, occurredAt: occurredAt,
                reference: reference, expectedVersion: expectedVersion, attributes: attributes, soldFor: soldFor,
                expectedSupply: expectedSupply))
    }

    package init(
        eventID: EventID, item: ItemReference, location: LocationID, change: FactChange,
        occurredAt: Timestamp? = nil, reference: Reference? = nil, expectedVersion: Int64? = nil,
        attributes: String? = nil, soldFor: PromiseReference? = nil, expectedSupply: Reference? = nil
    ) {
        self.init(
            eventID: eventID, item: item, place: .id(location), change: change, occurredAt: occurredAt,
            reference: reference, expectedVersion: expectedVersion, attributes: attributes, soldFor: soldFor,
            expectedSupply: expectedSupply)
    }

    /// The names of all balances that it may touch. Of a transfer, its parts at both ends.
    package func names(from source: SourceNumber) -> [Name] {
        let here = Name(self, source: source)
        if let destination = change.destination { return [here, here.at(destination, source: source)] }
        guard let step = change.step else { return [here] }
        return step.names(at: place, source: source)
    }

    /// The line with the system of its codes spelt out, so that it means the same whatever its source is set to later.
    package func resolved(in system: CodeSystem?) -> FactLine {
        var resolved = self
        if case .code(nil, let code) = item { resolved.item = .code(system: system, code) }
        resolved.place = place.resolved(in: system)
        if case .transfer(let bucket, let quantity, let to) = change {
            resolved.change = .transfer(bucket, quantity, to: to.resolved(in: system))
        }
        return resolved
    }

    /// Whether it has a code that means nothing unless its source has a code system.
    var needsCodeSystem: Bool {
        if case .code(nil, _) = item { return true }
        return [place, change.destination].contains { if case .code(nil, _)? = $0 { true } else { false } }
    }

    /// What the line names, as a line that waits would miss it. A code without a system names none here: such a
    /// line is never parked before its source has one. Of a transfer nothing but where it came can be unknown.
    package var namedThings: [MissingThing] {
        let places = [place, change.destination].compactMap { $0?.missingThing }
        return switch item {
        case .sku(let sku): [.sku(sku)] + places
        case .code(let system?, let code): [.code(system, code)] + places
        case .code(nil, _): places
        }
    }
}

extension ItemReference {
    /// The field that names it, and what is wrong with it where nobody knows it.
    package var describedAsUnknown: (field: String, text: String) {
        switch self {
        case .sku(let sku): ("sku", "no item '\(sku)' is known")
        case .code(_, let code): ("code", "code '\(code)' is not mapped to an item")
        }
    }
}
