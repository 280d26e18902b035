package import Inventory

/// What became of a `PUT`.
package struct Stored<Value: Sendable>: Sendable {
    package let value: Value
    package let wasCreated: Bool
    /// Rises by one with every change; the object's ETag.
    package let version: Int64
    /// It was put as it was: nothing was written.
    package private(set) var isUnchanged = false

    /// The answer to who puts it as it is.
    package var unchanged: Stored {
        var stored = self
        stored.isUnchanged = true
        return stored
    }

    package init(value: Value, wasCreated: Bool, version: Int64) {
        self.value = value
        self.wasCreated = wasCreated
        self.version = version
    }
}

/// A business "no" to a change of master data. Cases are in precedence order.
package enum MasterRejection: Error, Sendable, Hashable {
    /// The object is at another version than `If-Match` says; nil: it does not exist.
    case preconditionFailed(current: Int64?)
    /// A name in the body, at a pointer, means nothing.
    case unknownReference(pointer: String, detail: String)
    /// Its `Idempotency-Key` came with another request.
    case requestKeyReused
    /// What has stock, promises or history cannot be deleted.
    case resourceInUse(String)
    case channelTaken(by: GroupID)
    case notFound
    /// Only what is stored shows that something in the body, at a pointer, cannot be meant.
    case invalid(pointer: String, detail: String)
}

/// A part of a kit as it was asked for; by a code, the quantity counts codes.
package struct KitPart: Sendable, Hashable {
    package var item: ItemReference
    /// 1 to `Item.Component.quantityMax`.
    package var quantity: Int64

    package init(item: ItemReference, quantity: Int64) {
        self.item = item
        self.quantity = quantity
    }
}

package typealias MasterResult<Value: Sendable> = Result<Value, MasterRejection>

/// Which version a change expects.
package enum Precondition: Sendable, Hashable {
    case none
    /// `If-Match: *`
    case exists
    case versions(Set<Int64>)
    /// `If-None-Match: *`
    case absent

    /// Nothing has changed since it was read.
    /// - Parameter version: of what was read; nil where there was nothing.
    static func asRead(_ version: Int64?) -> Precondition { version.map { .versions([$0]) } ?? .absent }

    /// - Parameter current: nil when the object does not exist.
    package func allows(_ current: Int64?) -> Bool {
        switch self {
        case .none: true
        case .exists: current != nil
        case .absent: current == nil
        case .versions(let versions): current.map(versions.contains) ?? false
        }
    }
}

/// One page of a list in the order of its key.
package struct Page<Element: Sendable>: Sendable {
    package var elements: [Element]
    /// More follow.
    package var hasMore: Bool
    package var total: Int64?

    package init(elements: [Element], hasMore: Bool, total: Int64?) {
        self.elements = elements
        self.hasMore = hasMore
        self.total = total
    }
}

/// What part of a list is wanted.
package struct PageRequest: Sendable, Hashable {
    /// The last key of the page before; nil from the start.
    package var after: String?
    package var limit: Int
    package var includesTotal: Bool

    package static let limitMax = 1_000
    package static let limitDefault = 100

    package init(after: String? = nil, limit: Int = Self.limitDefault, includesTotal: Bool = false) {
        self.after = after
        self.limit = limit
        self.includesTotal = includesTotal
    }
}

/// An item as a list has it, which may be silent on what people set by hand: a nightly file without a column for the status
/// must not put an item on sale again that was recalled.
package struct ListedItem: Sendable, Hashable {
    package let item: Item
    /// Whether the list says them; what it does not say stays as it is, and of a new item is the usual.
    package let namesUnit: Bool
    package let namesStatus: Bool

    package init(_ item: Item, namesUnit: Bool = true, namesStatus: Bool = true) {
        self.item = item
        self.namesUnit = namesUnit
        self.namesStatus = namesStatus
    }
}

/// Items as views read them, for whom nothing else of the catalog matters.
package protocol ItemReads: Sendable {
    func item(_ sku: SKU) async throws(StoreError) -> Stored<Item>?
    /// In the order of skus.
    func items(_ filter: ItemFilter, _ page: PageRequest) async throws(StoreError) -> Page<Stored<Item>>
}

/// Items, locations, groups, sources and aliases. Every change is one transaction, which also says in the audit who did it
/// (`by`; nil in mode `open`), and is in force in every process from its commit.
///
/// A precondition is looked at first. What is put as it is keeps its version, also where a name in it means nothing any more
/// (but for the parts of a kit, which are looked up each time); every other change raises it by one. A location, a group or a
/// source that comes back after it was deleted goes on counting. Lists are in the order of their keys' bytes; aliases have
/// two keys, the code system and the code, which stand in a page's `after` with a line break between.
package protocol CatalogStore: ItemReads {
    /// - Parameter parts: what a kit is made of, which takes the place of the item's own `components`.
    func putItem(
        _ item: Item, parts: [KitPart], _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Item>>
    /// Creates or updates many at once, in one transaction; at most `itemsPerCallMax`. Those that are there keep what the
    /// list does not say; a family and attributes that it does not name are such.
    func putItems(_ items: [ListedItem], by actor: ActorName?) async throws(StoreError)

    func putBin(
        _ bin: ItemBin, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<ItemBin>>
    func bin(of sku: SKU, at location: LocationID) async throws(StoreError) -> Stored<ItemBin>?
    /// In the order of skus.
    func bins(at location: LocationID, _ page: PageRequest) async throws(StoreError) -> Page<Stored<ItemBin>>
    func deleteBin(
        of sku: SKU, at location: LocationID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void>

    func putLocation(
        _ location: Location, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Location>>
    func location(_ id: LocationID) async throws(StoreError) -> Stored<Location>?
    func locations(
        _ filter: LocationFilter, in order: LocationOrder, _ page: PageRequest
    ) async throws(StoreError) -> Page<ListedLocation>
    /// Orders and holds that are open at a location, counted up to 10,000; 0 where it is not known.
    func openPromises(at location: LocationID) async throws(StoreError) -> Int64
    func deleteLocation(_ id: LocationID, _ precondition: Precondition, by actor: ActorName?) async throws(StoreError)
        -> MasterResult<Void>

    func putGroup(
        _ group: LocationGroup, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<LocationGroup>>
    func group(_ id: GroupID) async throws(StoreError) -> Stored<LocationGroup>?
    /// - Parameter within: only groups that have one of these locations; nil: all.
    func groups(within: Set<LocationID>?, _ page: PageRequest) async throws(StoreError) -> Page<Stored<LocationGroup>>
    func deleteGroup(_ id: GroupID, _ precondition: Precondition, by actor: ActorName?) async throws(StoreError)
        -> MasterResult<Void>

    func putSource(
        _ source: Source, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Source>>
    func source(_ id: SourceID) async throws(StoreError) -> Stored<Source>?
    /// - Parameter binding: only sources that it allows, and that report for a location that it allows, or for any.
    func sources(within binding: AccessBinding, _ page: PageRequest) async throws(StoreError) -> Page<Stored<Source>>
    func deleteSource(_ id: SourceID, _ precondition: Precondition, by actor: ActorName?) async throws(StoreError)
        -> MasterResult<Void>

    func putAlias(_ alias: Alias, _ precondition: Precondition, by actor: ActorName?) async throws(StoreError)
        -> MasterResult<Stored<Alias>>
    func aliases(_ filter: AliasFilter, _ page: PageRequest) async throws(StoreError) -> Page<Stored<Alias>>
    func deleteAlias(
        codeSystem: CodeSystem, code: Code, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void>

    func putLocationAlias(
        _ alias: LocationAlias, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<LocationAlias>>
    func locationAliases(
        _ filter: LocationAliasFilter, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<LocationAlias>>
    func deleteLocationAlias(
        codeSystem: CodeSystem, code: Code, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void>
}

/// Every given part must match.
package struct ItemFilter: Sendable, Hashable {
    /// Any of them; nil for all. At most `skusMax`.
    package var skus: [SKU]?
    package var family: Family?

    package static let skusMax = 100

    package init(skus: [SKU]? = nil, family: Family? = nil) {
        self.skus = skus
        self.family = family
    }
}

/// Every given part must match.
package struct LocationFilter: Sendable, Hashable {
    /// Only silent locations, or only others.
    package var silent: Bool?
    package var status: LocationStatus?
    package var mode: LocationMode?
    /// Locations that alone are there for who asks; nil: all.
    package var within: Set<LocationID>?

    package init() {}
}

/// In what order locations are listed.
package enum LocationOrder: String, Sendable, Hashable, CaseIterable {
    case id
    /// Who was never heard first, then who was heard longest ago; of equals by id.
    case lastHeardAt
}

/// A location as lists show it.
package struct ListedLocation: Sendable {
    package let stored: Stored<Location>
    /// As far as it was written down: up to a second old.
    package let heardAt: Timestamp?
    /// Orders and holds that are open there, counted up to 10,000.
    package let openPromises: Int64

    package init(stored: Stored<Location>, heardAt: Timestamp?, openPromises: Int64) {
        self.stored = stored
        self.heardAt = heardAt
        self.openPromises = openPromises
    }

    /// What a page in an order ends with, and the next one begins behind.
    package func key(in order: LocationOrder) -> String {
        switch order {
        case .id: stored.value.id.text
        case .lastHeardAt: "\(heardAt.map { "\($0.microseconds)" } ?? "")\n\(stored.value.id)"
        }
    }
}

/// Every given part must match.
package struct LocationAliasFilter: Sendable, Hashable {
    package var codeSystem: CodeSystem?
    package var code: Code?
    package var location: LocationID?
    /// Locations that alone are there for who asks; nil: all.
    package var within: Set<LocationID>?

    package init(codeSystem: CodeSystem? = nil, code: Code? = nil, location: LocationID? = nil) {
        self.codeSystem = codeSystem
        self.code = code
        self.location = location
    }
}

/// Bounds one statement of a bulk load.
package let itemsPerCallMax = 1_000

/// Every given part must match.
package struct AliasFilter: Sendable, Hashable {
    package var codeSystem: CodeSystem?
    package var code: Code?
    package var sku: SKU?

    package init(codeSystem: CodeSystem? = nil, code: Code? = nil, sku: SKU? = nil) {
        self.codeSystem = codeSystem
        self.code = code
        self.sku = sku
    }
}
