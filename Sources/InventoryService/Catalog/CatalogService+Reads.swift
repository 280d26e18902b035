package import Inventory

/// What needs nothing but the catalog itself.
extension CatalogService {
    package func item(_ sku: SKU) async throws(StoreError) -> Stored<Item>? { try await store.item(sku) }

    package func items(_ filter: ItemFilter, _ page: PageRequest) async throws(StoreError) -> Page<Stored<Item>> {
        try await store.items(filter, page)
    }

    package func put(
        _ bin: ItemBin, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<ItemBin>> {
        try await store.putBin(bin, precondition, by: actor)
    }

    package func bin(of sku: SKU, at location: LocationID) async throws(StoreError) -> Stored<ItemBin>? {
        try await store.bin(of: sku, at: location)
    }

    package func bins(at location: LocationID, _ page: PageRequest) async throws(StoreError) -> Page<Stored<ItemBin>> {
        try await store.bins(at: location, page)
    }

    package func deleteBin(
        of sku: SKU, at location: LocationID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await store.deleteBin(of: sku, at: location, precondition, by: actor)
    }

    package func location(_ id: LocationID) async throws(StoreError) -> Stored<Location>? {
        try await store.location(id)
    }

    package func locations(
        _ filter: LocationFilter, in order: LocationOrder, _ page: PageRequest
    ) async throws(StoreError) -> Page<ListedLocation> {
        try await store.locations(filter, in: order, page)
    }

    /// Orders and holds that are open at a location, counted up to 10,000.
    package func openPromises(at location: LocationID) async throws(StoreError) -> Int64 {
        try await store.openPromises(at: location)
    }

    package func delete(
        location id: LocationID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await store.deleteLocation(id, precondition, by: actor)
    }

    package func put(
        _ group: LocationGroup, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<LocationGroup>> {
        try await store.putGroup(group, precondition, by: actor)
    }

    package func group(_ id: GroupID) async throws(StoreError) -> Stored<LocationGroup>? { try await store.group(id) }

    /// - Parameter within: only groups that have one of these locations; nil: all.
    package func groups(
        within: Set<LocationID>?, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<LocationGroup>> {
        try await store.groups(within: within, page)
    }

    package func delete(group id: GroupID, _ precondition: Precondition, by actor: ActorName?) async throws(StoreError)
        -> MasterResult<Void>
    {
        try await store.deleteGroup(id, precondition, by: actor)
    }

    package func put(
        _ source: Source, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Source>> {
        try await store.putSource(source, precondition, by: actor)
    }

    package func source(_ id: SourceID) async throws(StoreError) -> Stored<Source>? { try await store.source(id) }

    /// - Parameter binding: only sources that it allows, and that report for a location that it allows, or for any.
    package func sources(
        within binding: AccessBinding, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<Source>> {
        try await store.sources(within: binding, page)
    }

    package func delete(
        source id: SourceID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await store.deleteSource(id, precondition, by: actor)
    }

    package func aliases(_ filter: AliasFilter, _ page: PageRequest) async throws(StoreError) -> Page<Stored<Alias>> {
        try await store.aliases(filter, page)
    }

    package func deleteAlias(
        codeSystem: CodeSystem, code: Code, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await store.deleteAlias(codeSystem: codeSystem, code: code, precondition, by: actor)
    }

    package func locationAliases(
        _ filter: LocationAliasFilter, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<LocationAlias>> {
        try await store.locationAliases(filter, page)
    }

    /// The location that a place means: itself where it is named by its id, known or not; of a code the one that it is mapped to.
    /// - Parameter source: whose code system a code is of that names none.
    /// - Returns: nil of a code that is mapped to none.
    package func location(
        meantBy place: LocationReference, from source: SourceID
    ) async throws(StoreError) -> LocationID? {
        switch place {
        case .id(let id): return id
        case .code(let named, let code):
            var system = named
            if system == nil { system = try await store.source(source)?.value.codeSystem }
            guard let system else { return nil }
            let found = try await store.locationAliases(
                LocationAliasFilter(codeSystem: system, code: code), PageRequest(limit: 1))
            return found.elements.first?.value.location
        }
    }

    package func deleteLocationAlias(
        codeSystem: CodeSystem, code: Code, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await store.deleteLocationAlias(codeSystem: codeSystem, code: code, precondition, by: actor)
    }
}
