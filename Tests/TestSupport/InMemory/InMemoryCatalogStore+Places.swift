package import Inventory
package import InventoryService

/// Locations and their groups.
extension InMemoryCatalogStore {
    package func putLocation(
        _ location: Location, _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Location>> {
        change { tables, state in
            let result = tables.locations.put(location, at: TableKey(location.id.text), precondition)
            if case .success(let stored) = result, !stored.isUnchanged {
                let returning = tables.numbers.removeValue(forKey: location.id)
                state.keep(location, as: returning, gone: tables.numbers.count)
            }
            return result
        }
    }

    package func location(_ id: LocationID) async throws(StoreError) -> Stored<Location>? {
        read { $0.locations[TableKey(id.text)] }
    }

    package func locations(
        _ filter: LocationFilter, in order: LocationOrder, _ page: PageRequest
    ) async throws(StoreError) -> Page<ListedLocation> {
        change { tables, state in
            let rows = tables.locations.all.filter { filter.lists($0.stored.value) }
            return Page(
                of: rows, page,
                key: { row in
                    // Nobody was heard, so all are equal in that.
                    order == .id ? row.key : TableKey("", row.stored.value.id.text)
                },
                element: { row in
                    ListedLocation(
                        stored: row.stored, heardAt: nil,
                        openPromises: state.world.openPromises(at: row.stored.value.id))
                })
        }
    }

    package func openPromises(at location: LocationID) async throws(StoreError) -> Int64 {
        change { tables, state in tables.isKnown(location) ? state.world.openPromises(at: location) : 0 }
    }

    package func deleteLocation(
        _ id: LocationID, _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        change { tables, state in
            let isInGroup = tables.groups.all.contains { $0.stored.value.locations.contains(id) }
            let result = tables.locations.delete(TableKey(id.text), precondition) {
                isInGroup || state.world.isInUse(id) ? .resourceInUse("stock, a group or a transfer") : nil
            }
            guard case .success = result else { return result }
            tables.locationAliases.forget { $0.location == id }
            tables.bins.forget { $0.location == id }
            tables.numbers[id] = state.world.locations.removeValue(forKey: id)
            state.world.locationAliases = state.world.locationAliases.filter { $0.value != id }
            return result
        }
    }

    package func putGroup(
        _ group: LocationGroup, _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<LocationGroup>> {
        change { tables, _ in
            let unknown = tables.firstUnknown(group.locations)
            let owner = tables.groups.all.map(\.stored.value).first { other in
                other.id != group.id && other.channel != nil && other.channel == group.channel
            }
            return tables.groups.put(group, at: TableKey(group.id.text), precondition) {
                unknown ?? owner.map { .channelTaken(by: $0.id) }
            }
        }
    }

    package func group(_ id: GroupID) async throws(StoreError) -> Stored<LocationGroup>? {
        read { $0.groups[TableKey(id.text)] }
    }

    package func groups(
        within: Set<LocationID>?, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<LocationGroup>> {
        read { tables in
            tables.groups.page(page) { group in within.map { !$0.isDisjoint(with: group.locations) } ?? true }
        }
    }

    package func deleteGroup(
        _ id: GroupID, _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        change { tables, _ in tables.groups.delete(TableKey(id.text), precondition) }
    }
}

extension InMemoryCatalogStore.Tables {
    func firstUnknown(_ locations: [LocationID]) -> MasterRejection? {
        locations.firstIndex { !isKnown($0) }.map {
            .unknownReference(pointer: "/locations/\($0)", detail: "unknown")
        }
    }
}

extension LocationFilter {
    fileprivate func lists(_ location: Location) -> Bool {
        silent != true && status.map { $0 == location.status } ?? true && mode.map { $0 == location.mode } ?? true
            && within?.contains(location.id) ?? true
    }
}

extension InMemoryStore.State {
    /// - Parameters:
    ///   - returning: the number that it had before it was deleted.
    ///   - gone: how many more numbers are kept for those that may return.
    fileprivate mutating func keep(_ location: Location, as returning: LocationNumber?, gone: Int) {
        if world.locations[location.id] == nil {
            world.locations[location.id] = returning ?? LocationNumber(Int32(world.locations.count + gone + 1))
        }
        world.places[location.id] = LocationTerms(
            isActive: location.status == .active, isLive: location.mode == .live, capabilities: location.capabilities,
            leadTimeMinutes: location.leadTimeMinutes, hours: location.openingHours,
            pickupWindowHours: location.pickupWindowHours)
        world.dailyCapacities[location.id] = location.dailyCapacity
        latePolicies[location.id] = location.latePickup
    }
}

extension World {
    /// Orders and holds that have open units there; what a transfer keeps is none of them.
    fileprivate func openPromises(at location: LocationID) -> Int64 {
        let ofTransfers = Set(transfers.values.compactMap(\.reservation))
        let open = reservations.values.filter { reservation in
            !ofTransfers.contains(reservation.id)
                && reservation.allocations.contains { $0.location == location && reservation.open($0, at: now) > 0 }
        }
        return Int64(min(open.count, 10_000))
    }

    fileprivate func isInUse(_ location: LocationID) -> Bool {
        guard let number = locations[location] else { return false }
        return balances.contains { $0.key.location == number && $0.value.version > 0 }
            || transfers.values.contains { transfer in
                transfer.to == location
                    || transfer.from == location && [.draft, .shipped, .received].contains(transfer.state)
            }
    }
}
