package import Inventory
package import InventoryService

/// Sources, and what codes mean.
extension InMemoryCatalogStore {
    package func putSource(
        _ source: Source, _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Source>> {
        change { tables, state in
            tables.addUsed(&state)
            let unknown = tables.firstUnknown(source.locations)
            let result = tables.sources.put(source, at: TableKey(source.id.text), precondition) { unknown }
            if case .success = result { state.world.sourceSystems[state.number(of: source.id)] = source.codeSystem }
            return result
        }
    }

    package func source(_ id: SourceID) async throws(StoreError) -> Stored<Source>? {
        change { tables, state in
            tables.addUsed(&state)
            return tables.sources[TableKey(id.text)]
        }
    }

    package func sources(
        within binding: AccessBinding, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<Source>> {
        change { tables, state in
            tables.addUsed(&state)
            return tables.sources.page(page) { source in
                binding.allows(source.id)
                    && (source.locations.isEmpty || source.locations.contains { binding.allows($0) })
            }
        }
    }

    package func deleteSource(
        _ id: SourceID, _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        change { tables, state in
            tables.addUsed(&state)
            let number = state.sources.firstIndex(of: id).map { SourceNumber(Int32($0 + 1)) }
            let isUsed = state.world.events.keys.contains { $0.source == number }
            return tables.sources.delete(TableKey(id.text), precondition) { isUsed ? .resourceInUse("facts") : nil }
        }
    }

    package func putAlias(
        _ alias: Alias, _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Alias>> {
        change { tables, state in
            let isKnown = tables.items[TableKey(alias.sku.text)] != nil
            let result = tables.aliases.put(
                alias, at: TableKey(alias.codeSystem.text, alias.code.text), precondition
            ) {
                isKnown ? nil : .unknownReference(pointer: "/sku", detail: "unknown")
            }
            if case .success = result { state.world.aliases[alias.code] = (alias.sku, alias.unitsPerCode.units) }
            return result
        }
    }

    package func aliases(_ filter: AliasFilter, _ page: PageRequest) async throws(StoreError) -> Page<Stored<Alias>> {
        read { tables in
            tables.aliases.page(page) { alias in
                isNamed(alias.codeSystem, alias.code, filter.codeSystem, filter.code)
                    && filter.sku.map { $0 == alias.sku } ?? true
            }
        }
    }

    package func deleteAlias(
        codeSystem: CodeSystem, code: Code, _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        let code = code.canonical(in: codeSystem)
        return change { tables, state in
            let result = tables.aliases.delete(TableKey(codeSystem.text, code.text), precondition)
            if case .success = result { state.world.aliases[code] = nil }
            return result
        }
    }

    package func putLocationAlias(
        _ alias: LocationAlias, _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<LocationAlias>> {
        change { tables, state in
            let isKnown = tables.isKnown(alias.location)
            let result = tables.locationAliases.put(
                alias, at: TableKey(alias.codeSystem.text, alias.code.text), precondition
            ) {
                isKnown ? nil : .unknownReference(pointer: "/location", detail: "unknown")
            }
            if case .success = result { state.world.locationAliases[alias.code] = alias.location }
            return result
        }
    }

    package func locationAliases(
        _ filter: LocationAliasFilter, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<LocationAlias>> {
        read { tables in
            tables.locationAliases.page(page) { alias in
                isNamed(alias.codeSystem, alias.code, filter.codeSystem, filter.code)
                    && filter.location.map { $0 == alias.location } ?? true
                    && filter.within?.contains(alias.location) ?? true
            }
        }
    }

    package func deleteLocationAlias(
        codeSystem: CodeSystem, code: Code, _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        let code = code.canonical(in: codeSystem)
        return change { tables, state in
            let result = tables.locationAliases.delete(TableKey(codeSystem.text, code.text), precondition)
            if case .success = result { state.world.locationAliases[code] = nil }
            return result
        }
    }
}

/// Whether a code is one that was asked for; nil for all.
private func isNamed(_ system: CodeSystem, _ code: Code, _ asked: CodeSystem?, _ askedCode: Code?) -> Bool {
    asked.map { $0 == system } ?? true && askedCode.map { $0.canonical(in: system) == code } ?? true
}

extension InMemoryCatalogStore.Tables {
    /// The item that a name means, and how many base units one of it is. A code that names no system is one of the source's.
    func named(_ item: ItemReference, by source: Source? = nil) -> (sku: SKU, units: Int64)? {
        switch item {
        case .sku(let sku): return items[TableKey(sku.text)].map { ($0.value.sku, 1) }
        case .code(let named, let code):
            guard let system = named ?? source?.codeSystem else { return nil }
            let alias = aliases[TableKey(system.text, code.canonical(in: system).text)]?.value
            return alias.map { ($0.sku, $0.unitsPerCode.units) }
        }
    }

    /// The same of a location.
    func location(_ place: LocationReference, by source: Source? = nil) -> LocationID? {
        switch place {
        case .id(let id): return isKnown(id) ? id : nil
        case .code(let named, let code):
            guard let system = named ?? source?.codeSystem else { return nil }
            return locationAliases[TableKey(system.text, code.canonical(in: system).text)]?.value.location
        }
    }

    /// Sources that nobody made are there from their first use on, and one that is used after it was deleted is there again.
    fileprivate mutating func addUsed(_ state: inout InMemoryStore.State) {
        for id in state.usedSources { sources.ensure(Source(id: id), at: TableKey(id.text)) }
        state.usedSources = []
    }
}
