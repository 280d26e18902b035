import Foundation
import Inventory
import InventoryPostgres
import InventoryService
import TestSupport

/// A small chain at random, and what may be sold in it by the contract's words: written without a look at the code that
/// answers.
struct ViewModel {
    struct Item {
        let sku: String
        var status: ItemStatus = .active
        var components: [(sku: String, quantity: Int64)] = []
    }

    struct Place: Equatable {
        var location: Location
        var groups: Set<GroupID>

        var id: LocationID { location.id }
    }

    struct Promise {
        let sku: String
        let location: LocationID
        let units: Int64
        let channel: Channel?
        let owner: Owner?
        let isHeld: Bool
    }

    struct Question {
        let location: Place
        let filter: NetworkFilter
        let around: Surroundings
    }

    static let north = GroupID(stored: "north")
    /// The network of channel `app`.
    static let network = GroupID(stored: "network")
    static let web = Channel(stored: "web")
    static let app = Channel(stored: "app")
    static let channels: [Channel?] = [nil, web, app]
    static let owners: [Owner?] = [nil, Owner(stored: "o1"), Owner(stored: "o2")]

    let seed: UInt64
    private var generator: SeededGenerator
    private(set) var items: [Item]
    private(set) var locations: [Place] = []
    private(set) var onHand: [String: Int64] = [:]
    private(set) var promises: [Promise] = []
    private(set) var rules: [StockRule] = []
    private var sold: [String: SoldUnits] = [:]
    /// Since when locations are silent that hold units back for it, and for how long a sale.
    private(set) var silent: [LocationID: (since: Timestamp, lagSeconds: Int64)] = [:]
    /// How far the shop's clock is ahead of the machine's.
    private var aheadSeconds: Int64 = 0

    init(seed: UInt64) {
        self.seed = seed
        generator = SeededGenerator(seed: seed)
        items = (0..<5).map { Item(sku: "A\($0)") }
        items[4].status = .stopSale
        items.append(Item(sku: "K0", components: [("A0", 2), ("A1", 1)]))
        items.append(Item(sku: "K1", components: [("A2", 1), ("A4", 1)]))
        items.append(Item(sku: "K2", status: .stopSale, components: [("A0", 1)]))
    }

    // MARK: - Building

    mutating func build(_ shop: TestShop) async throws {
        for item in items where item.components.isEmpty { try await shop.addItem(item.sku, status: item.status) }
        for item in items where !item.components.isEmpty {
            let kit = Inventory.Item(sku: SKU(stored: item.sku), name: "Item \(item.sku)", status: item.status)
            let parts = item.components.map { KitPart(item: .sku(SKU(stored: $0.sku)), quantity: $0.quantity) }
            _ = try await shop.master.put(kit, parts: parts, .none).get()
        }
        for number in 0..<7 {
            var location = Location(id: LocationID(stored: "L\(number)"), name: "Location L\(number)")
            if number != 6 {
                location.coordinates = Coordinates(
                    latitude: Double.random(in: 47...54, using: &generator),
                    longitude: Double.random(in: 6...14, using: &generator))
            }
            _ = try await shop.master.put(location, .none).get()
            locations.append(Place(location: location, groups: []))
        }
        for (group, channel) in [(Self.north, nil), (Self.network, Self.app)] {
            let members = locations.indices.filter { _ in !generator.isOne(in: 3) }
            for member in members { locations[member].groups.insert(group) }
            _ = try await shop.masterStore.putGroup(
                LocationGroup(id: group, name: "Group", channel: channel, locations: members.map { locations[$0].id }),
                .none
            ).get()
        }
        var facts: [FactLine] = []
        for item in items where item.components.isEmpty {
            for place in locations where !generator.isOne(in: 4) {
                let units = Int64.random(in: 1...15, using: &generator)
                facts.append(.receipt("in/\(item.sku)/\(place.id)", item.sku, at: place.id.text, units))
                onHand["\(item.sku) \(place.id)"] = units
            }
        }
        _ = try await shop.send(facts)
        try await promise(shop)
        try await sellTooMuch(shop)
        // Only now, since nothing is promised where nothing may be sold.
        locations[0].location.status = .paused
        locations[1].location.mode = .shadow
        locations[2].location.capabilities = [.pickup]
        for place in locations.prefix(3) { _ = try await shop.master.put(place.location, .none).get() }
        try await changeRules(shop)
    }

    private mutating func promise(_ shop: TestShop) async throws {
        for number in 0..<40 {
            let item = generator.pick(items.filter { $0.components.isEmpty && $0.status == .active })
            let place = generator.pick(locations)
            var channel = generator.pick(Self.channels)
            if channel == Self.app, !place.groups.contains(Self.network) { channel = nil }
            let units = Int64.random(in: 1...3, using: &generator)
            let owner = generator.pick(Self.owners)
            let isHeld = generator.isOne(in: 2)
            let line = WantedLine(
                id: LineID(stored: "1"), item: .sku(SKU(stored: item.sku)), location: place.id, method: .pickup,
                quantity: .of(units), pointer: "", locationPointer: "")
            let new = NewReservation(
                reference: nil, owner: owner, channel: channel, method: .pickup, location: place.id,
                holdSeconds: isHeld ? 3_600 : nil, allowsPartial: false, replaces: nil, lines: [line], pickupBy: nil,
                shipTo: nil)
            let text = "p\(number)"
            let key = RequestKey(
                text: RequestKeyText(stored: text), fingerprint: Fingerprint(sha256(Array(text.utf8))))
            guard case .success = try await shop.reservations.create(new, key: key) else { continue }
            promises.append(
                Promise(
                    sku: item.sku, location: place.id, units: units, channel: channel, owner: owner, isHeld: isHeld))
        }
    }

    /// Some stores end up below zero, and some promises without cover.
    private mutating func sellTooMuch(_ shop: TestShop) async throws {
        for key in onHand.keys.sorted() where generator.isOne(in: 5) {
            let parts = key.split(separator: " ")
            let units = Int64.random(in: 1...20, using: &generator)
            let at = Self.now.advanced(
                byMicroseconds: -Int64.random(in: 0..<40 * 86_400, using: &generator) * 1_000_000)
            _ = try await shop.send(
                [.sale("s/\(key)", String(parts[0]), at: String(parts[1]), units, occurredAt: at)])
            onHand[key, default: 0] -= units
            sold[key] = SoldUnits(units, at: at)
        }
    }

    private static var now: Timestamp { Timestamp(microseconds: Int64(Date().timeIntervalSince1970) * 1_000_000) }

    /// A little more is sold everywhere, at various times, and half of the stores fall silent.
    mutating func fallSilent(_ shop: TestShop) async throws {
        for key in onHand.keys.sorted() where !generator.isOne(in: 3) {
            let parts = key.split(separator: " ")
            let units = Int64.random(in: 1...3, using: &generator)
            let at = Self.now.advanced(
                byMicroseconds: -Int64.random(in: 0..<40 * 86_400, using: &generator) * 1_000_000)
            _ = try await shop.send(
                [.sale("m/\(key)", String(parts[0]), at: String(parts[1]), units, occurredAt: at)])
            onHand[key, default: 0] -= units
            let more = SoldUnits(units, at: at)
            if sold[key]?.add(more) == nil { sold[key] = more }
        }
        for index in locations.indices where generator.isOne(in: 2) {
            locations[index].location.lagBuffer = !generator.isOne(in: 4)
            locations[index].location.silenceLimitSeconds = generator.pick([nil, 600])
            let location = locations[index].location
            _ = try await shop.master.put(location, .none).get()
            // Far enough from where a step ends.
            let now = Self.now
            let since = now.advanced(byMicroseconds: -generator.pick([60, 483, 3_700, 100_000, 900_000]) * 1_000_000)
            try await shop.fallSilent(location.id.text, since: since)
            let silence = Silence(
                since: since, until: now, limitSeconds: location.silenceLimitSeconds ?? 120, hours: nil, zone: .utc)
            guard let silence, location.lagBuffer, location.status == .active else { continue }
            silent[location.id] = (since, silence.lagSeconds)
        }
    }

    /// All of them report.
    mutating func comeBack(_ shop: TestShop) async throws {
        for (number, place) in locations.enumerated() {
            _ = try await shop.send([.receipt("back/\(number)", items[0].sku, at: place.id.text, 1)])
            onHand["\(items[0].sku) \(place.id)", default: 0] += 1
        }
        await shop.flushHeard()
        silent = [:]
    }

    private func lagBuffer(_ item: Item, _ place: Place) -> Int64 {
        guard let silence = silent[place.id], let sold = sold["\(item.sku) \(place.id)"] else { return 0 }
        return Int64((Double(silence.lagSeconds) / 86_400 * sold.unitsPerDay(now: silence.since)).rounded(.up))
    }

    /// Some rules go, others come or say something else.
    mutating func changeRules(_ shop: TestShop) async throws {
        for rule in rules where generator.isOne(in: 2) {
            _ = try await shop.masterStore.deleteRule(rule.kind, rule.id, .none).get()
            rules.removeAll { $0.id == rule.id && $0.kind == rule.kind }
        }
        for _ in 0..<14 {
            // Restrictions are few, or nothing is sold anywhere.
            let kind = generator.pick(
                [.safetyStock, .safetyStock, .threshold, .threshold, .ringFence, .ringFence, .saleRestriction]
                    as [StockRuleKind])
            var scope = StockRuleScope()
            // A kit has no stock to hold back, but may be low.
            let named = items.filter { kind == .threshold || kind == .saleRestriction || $0.components.isEmpty }
            let isRestriction = kind == .saleRestriction
            if generator.isOne(in: 2) || isRestriction { scope.sku = SKU(stored: generator.pick(named).sku) }
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: scope.location = generator.pick(locations).id
            case 1: scope.group = generator.pick([Self.north, Self.network])
            default: break
            }
            scope.channel = generator.pick(Self.channels)
            scope.method = generator.pick([nil, nil, .pickup, .ship])
            // Everything at a place may be for one way only.
            if isRestriction, scope.method != nil, scope.location != nil, generator.isOne(in: 2) { scope.sku = nil }
            let rule = StockRule(
                kind: kind, id: StockRuleID(stored: "r\(Int.random(in: 0..<9, using: &generator))"), scope: scope,
                quantity: isRestriction ? 0 : Int64.random(in: 0...6, using: &generator),
                percent: kind == .safetyStock ? generator.pick([0, 0, 10, 35, 100]) : 0,
                priority: kind == .ringFence ? Int64.random(in: 0...2, using: &generator) : 0, validity: validity())
            _ = try await shop.masterStore.putRule(rule, about: scope.sku.map { .sku($0) }, .none).get()
            rules.removeAll { $0.id == rule.id && $0.kind == rule.kind }
            rules.append(rule)
        }
    }

    private var clock: Timestamp { Self.now.advanced(byMicroseconds: aheadSeconds * 1_000_000) }

    /// Half of them always; the others have ended, or begin or end later, far enough from where a step of the test ends.
    private mutating func validity() -> RuleValidity {
        let now = clock
        func at(_ seconds: Int64) -> Timestamp { now.advanced(byMicroseconds: seconds * 1_000_000) }
        let times: [(from: Timestamp?, to: Timestamp?)] = [
            (at(-900), at(-300)), (at(-300), at(400)), (at(400), at(900)), (nil, at(900)), (at(900), nil),
            (at(-300), nil),
        ]
        guard generator.isOne(in: 2) else { return .always }
        let (from, to) = generator.pick(times)
        guard let validity = RuleValidity(from: from, to: to) else { preconditionFailure("times are in order") }
        return validity
    }

    /// Nothing but the clock moves.
    mutating func pass(seconds: Int64, _ shop: TestShop) async throws {
        try await shop.advanceClock(bySeconds: seconds)
        aheadSeconds += seconds
    }

    mutating func questions(_ count: Int) -> [Question] {
        (0..<count).map { _ in
            let filter = NetworkFilter(
                group: generator.isOne(in: 3) ? Self.north : nil, channel: generator.pick(Self.channels),
                method: generator.pick([nil, .pickup, .ship]), owner: generator.pick(Self.owners))
            guard let center = Coordinates(latitude: 50, longitude: 10) else {
                preconditionFailure("a point in Germany")
            }
            return Question(
                location: generator.pick(locations), filter: filter,
                around: Surroundings(center: center, radiusKm: generator.isOne(in: 3) ? 300 : nil))
        }
    }

    // MARK: - What the contract says

    func hasHistory(_ item: Item, _ place: Place) -> Bool { onHand["\(item.sku) \(place.id)"] != nil }

    /// The place sells for what is asked, and the item is sold so.
    func isSold(_ item: Item, _ place: Place, _ filter: NetworkFilter) -> Bool {
        isEligible(place, filter)
            && !covering(.saleRestriction, item, place).contains { rule in
                (rule.scope.channel == nil || rule.scope.channel == filter.channel)
                    && (rule.scope.method == nil || rule.scope.method == filter.method)
            }
    }

    func isEligible(_ place: Place, _ filter: NetworkFilter) -> Bool {
        guard place.location.status == .active, place.location.mode == .live else { return false }
        if let method = filter.method, !place.location.capabilities.contains(method.capability) { return false }
        guard let group = scope(filter) else { return true }
        return place.groups.contains(group)
    }

    private func scope(_ filter: NetworkFilter) -> GroupID? {
        filter.group ?? (filter.channel == Self.app ? Self.network : nil)
    }

    func available(_ item: Item, at place: Place, _ filter: NetworkFilter) -> Int64 {
        guard item.status != .stopSale, isSold(item, place, filter) else { return 0 }
        guard item.components.isEmpty else {
            return item.components.map { part in
                items.first { $0.sku == part.sku }.map { available($0, at: place, filter) / part.quantity } ?? 0
            }.min() ?? 0
        }
        let here = promises.filter { $0.sku == item.sku && $0.location == place.id }
        // What an owner holds himself does not stand in his way.
        let counted = here.filter { !($0.isHeld && filter.owner != nil && $0.owner == filter.owner) }
        let free = max(
            0,
            onHand["\(item.sku) \(place.id)", default: 0] - counted.reduce(0) { $0 + $1.units }
                - (rule(.safetyStock, item, place, filter).map { heldBack($0, item, place) } ?? 0)
                - lagBuffer(item, place))
        func rest(_ fence: StockRule) -> Int64 {
            guard let channel = fence.scope.channel else { return fence.quantity }
            return max(0, fence.quantity - counted.filter { $0.channel == channel }.reduce(0) { $0 + $1.units })
        }
        var fences: [StockRule] = []
        for channel in Self.channels {
            let ofChannel = covering(.ringFence, item, place).filter {
                $0.scope.channel == channel && ($0.scope.method == nil || $0.scope.method == filter.method)
            }
            if let fence = ofChannel.min(by: { ranks($0, before: $1) { $0.quantity } }) { fences.append(fence) }
        }
        let others = fences.filter { $0.scope.channel == nil || $0.scope.channel != filter.channel }
        var found = free - others.reduce(0) { $0 + rest($1) }
        if let own = fences.first(where: { $0.scope.channel != nil && $0.scope.channel == filter.channel }) {
            let higher = others.filter { $0.priority > own.priority }.reduce(0) { $0 + rest($1) }
            found = max(found, min(rest(own), free - higher))
        }
        return max(0, found)
    }

    func threshold(_ item: Item, at place: Place, _ filter: NetworkFilter) -> Int64 {
        rule(.threshold, item, place, filter)?.quantity ?? 0
    }

    func networkThreshold(_ item: Item, _ filter: NetworkFilter) -> Int64 {
        let group = scope(filter)
        return rulesInForce.filter { rule in
            rule.kind == .threshold && rule.scope.location == nil
                && (rule.scope.group == nil || rule.scope.group == group)
                && (rule.scope.sku == nil || rule.scope.sku?.text == item.sku)
                && (rule.scope.channel == nil || rule.scope.channel == filter.channel)
                && (rule.scope.method == nil || rule.scope.method == filter.method)
        }.min { ranks($0, before: $1) { $0.quantity } }?.quantity ?? 0
    }

    private var rulesInForce: [StockRule] {
        let now = clock
        return rules.filter { rule in
            (rule.validity.from.map { $0 <= now } ?? true) && (rule.validity.to.map { $0 > now } ?? true)
        }
    }

    /// Units, of a share too.
    private func heldBack(_ rule: StockRule, _ item: Item, _ place: Place) -> Int64 {
        let there = max(0, onHand["\(item.sku) \(place.id)", default: 0])
        return max(rule.quantity, Int64((Double(rule.percent) * Double(there) / 100).rounded(.up)))
    }

    private func rule(_ kind: StockRuleKind, _ item: Item, _ place: Place, _ filter: NetworkFilter) -> StockRule? {
        covering(kind, item, place).filter {
            ($0.scope.channel == nil || $0.scope.channel == filter.channel)
                && ($0.scope.method == nil || $0.scope.method == filter.method)
        }.min { ranks($0, before: $1) { heldBack($0, item, place) } }
    }

    private func covering(_ kind: StockRuleKind, _ item: Item, _ place: Place) -> [StockRule] {
        rulesInForce.filter { rule in
            rule.kind == kind && (rule.scope.sku == nil || rule.scope.sku?.text == item.sku)
                && (rule.scope.location == nil || rule.scope.location == place.id)
                && (rule.scope.group.map(place.groups.contains) ?? true)
        }
    }

    private func ranks(_ left: StockRule, before right: StockRule, _ units: (StockRule) -> Int64) -> Bool {
        func rank(_ rule: StockRule) -> [Int64] {
            let scope = rule.scope
            let level: Int64 =
                switch (scope.sku != nil, scope.location != nil, scope.group != nil) {
                case (true, true, _): 1
                case (true, _, true): 2
                case (true, _, _): 3
                case (_, true, _): 4
                case (_, _, true): 5
                default: 6
                }
            return [level, scope.channel == nil ? 1 : 0, scope.method == nil ? 1 : 0, -units(rule), -rule.priority]
        }
        let (left, right) = ((rank(left), left.id), (rank(right), right.id))
        return left.0 == right.0 ? left.1 < right.1 : left.0.lexicographicallyPrecedes(right.0)
    }
}
