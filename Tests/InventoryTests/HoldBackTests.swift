import Inventory
import TestSupport
import Testing

@Suite struct HoldBackTests {
    private func rule(
        _ id: String, _ quantity: Int64, _ scope: StockRuleScope, _ kind: StockRuleKind = .safetyStock,
        priority: Int64 = 0
    ) -> StockRule {
        StockRule(kind: kind, id: StockRuleID(stored: id), scope: scope, quantity: quantity, priority: priority)
    }

    private let a = SKU(stored: "A")
    private let l = LocationID(stored: "L")
    private let north = GroupID(stored: "north")
    private let web = Channel(stored: "web")
    private let app = Channel(stored: "app")

    @Test func `exactly one rule applies, the most specific, whatever it says`() {
        // In the contract's precedence.
        let scopes = [
            StockRuleScope(sku: a, location: l), StockRuleScope(sku: a, group: north), StockRuleScope(sku: a),
            StockRuleScope(location: l), StockRuleScope(group: north), StockRuleScope(),
        ]
        let rules = scopes.enumerated().map { rule("\($0.offset)", Int64($0.offset), $0.element) }
        for first in rules.indices {
            #expect(
                rules[first...].shuffled().applying(.safetyStock, to: nil, by: nil, onHand: 0)?.quantity == Int64(first)
            )
        }
        #expect([StockRule]().applying(.safetyStock, to: nil, by: nil, onHand: 0) == nil)
    }

    @Test func `at one level a channel's rule beats one without, and ties take the larger`() {
        let plain = rule("plain", 9, StockRuleScope(sku: a))
        let ours = rule("ours", 1, StockRuleScope(sku: a, channel: web))
        let larger = rule("larger", 2, StockRuleScope(sku: a, channel: web))
        let special = rule("special", 0, StockRuleScope(sku: a, location: l))
        #expect([plain, ours].applying(.safetyStock, to: web, by: nil, onHand: 0) == ours)
        #expect([plain, ours].applying(.safetyStock, to: app, by: nil, onHand: 0) == plain)
        #expect([plain, ours].applying(.safetyStock, to: nil, by: nil, onHand: 0) == plain)
        #expect([plain, ours, larger].applying(.safetyStock, to: web, by: nil, onHand: 0) == larger)
        // A more specific rule without a channel beats a channel's that is less specific.
        #expect([plain, larger, special].applying(.safetyStock, to: web, by: nil, onHand: 0) == special)
    }

    @Test func `at one level a method's rule comes behind a channel's, and before one without either`() {
        let plain = rule("plain", 9, StockRuleScope(sku: a))
        let pickup = rule("pickup", 1, StockRuleScope(sku: a, method: .pickup))
        let ours = rule("ours", 2, StockRuleScope(sku: a, channel: web))
        let both = rule("both", 3, StockRuleScope(sku: a, channel: web, method: .pickup))
        let rules = [plain, pickup, ours, both]
        func applying(_ channel: Channel?, _ method: FulfilmentMethod?, _ rules: [StockRule]) -> StockRule? {
            rules.applying(.safetyStock, to: channel, by: method, onHand: 0)
        }
        #expect(applying(web, .pickup, rules) == both)
        #expect(applying(web, .pickup, [plain, pickup, ours]) == ours)
        #expect(applying(web, .ship, rules) == ours)
        #expect(applying(app, .pickup, rules) == pickup)
        #expect(applying(nil, .pickup, rules) == pickup)
        // Who does not say how the goods are got does not meet it.
        #expect(applying(nil, nil, rules) == plain)
        #expect(applying(nil, nil, [pickup]) == nil)
    }

    @Test(
        arguments: [(0, 0), (1, 1), (9, 1), (10, 1), (11, 2), (100, 10), (-5, 0), (.max, 922_337_203_685_477_581)]
            as [(Int64, Int64)])
    func `a share is of what is on hand, and a part of a unit counts as a whole one`(onHand: Int64, units: Int64) {
        #expect(SafetyTerm(quantity: 0, percent: 10).units(of: onHand) == units)
        #expect(SafetyTerm(quantity: 3, percent: 10).units(of: onHand) == max(3, units))
        #expect(SafetyTerm(quantity: StockRule.quantityMax, percent: 0).units(of: onHand) == StockRule.quantityMax)
    }

    @Test func `of two rules alike the one that comes to more units there applies`() {
        var share = rule("share", 0, StockRuleScope(sku: a))
        share.percent = 10
        let units = rule("units", 5, StockRuleScope(sku: a))
        #expect([share, units].applying(.safetyStock, to: nil, by: nil, onHand: 20) == units)
        #expect([share, units].applying(.safetyStock, to: nil, by: nil, onHand: 90) == share)
    }

    @Test func `a rule is there from its first instant and no more from its last`() {
        let (from, to) = (Timestamp(microseconds: 1_000), Timestamp(microseconds: 2_000))
        let validity = RuleValidity(from: from, to: to)
        #expect(
            [999, 1_000, 1_999, 2_000].map { validity?.contains(Timestamp(microseconds: $0)) } == [
                false, true, true, false,
            ])
        #expect(RuleValidity(from: nil, to: to)?.contains(Timestamp(microseconds: 0)) == true)
        #expect(RuleValidity(from: from, to: nil)?.contains(to) == true)
        #expect(RuleValidity(from: from, to: from) == nil && RuleValidity(from: to, to: from) == nil)
    }

    @Test func `a scope covers what it names and everything else`() {
        #expect(StockRuleScope().covers(a, at: l, in: []))
        #expect(StockRuleScope(sku: a, location: l).covers(a, at: l, in: []))
        #expect(!StockRuleScope(sku: a, location: l).covers(SKU(stored: "B"), at: l, in: []))
        #expect(!StockRuleScope(location: LocationID(stored: "M")).covers(a, at: l, in: [north]))
        #expect(StockRuleScope(group: north).covers(a, at: l, in: [north]))
        #expect(!StockRuleScope(group: north).covers(a, at: l, in: []))
    }

    @Test func `of a channel's fences the most specific stands, and promises of the channel use it up`() {
        let rules = HoldBackRules(
            rules: [
                rule("wide", 10, StockRuleScope(channel: web), .ringFence),
                rule("here", 4, StockRuleScope(sku: a, location: l, channel: web), .ringFence),
                rule("nobody", 2, StockRuleScope(sku: a), .ringFence),
                rule("app", 3, StockRuleScope(channel: app), .ringFence, priority: 5),
            ], reserved: [web: 1, app: 7])
        #expect(
            rules.holdBack(from: nil, by: nil, onHand: 0).fenced
                == FencedUnits(forOthers: 3 + 2 + 0, forChannel: nil, above: 0))
        #expect(
            rules.holdBack(from: web, by: nil, onHand: 0).fenced == FencedUnits(forOthers: 2, forChannel: 3, above: 0))
        #expect(
            rules.holdBack(from: app, by: nil, onHand: 0).fenced == FencedUnits(forOthers: 5, forChannel: 0, above: 0))
    }

    @Test func `of equal fences the one with the higher priority stands, and then the lower id`() {
        let groups = [north, GroupID(stored: "south")]
        let fences = [
            rule("b", 5, StockRuleScope(group: groups[0], channel: web), .ringFence, priority: 1),
            rule("c", 5, StockRuleScope(group: groups[1], channel: web), .ringFence, priority: 9),
            rule("a", 5, StockRuleScope(group: groups[1], channel: web), .ringFence, priority: 1),
        ]
        #expect(fences.fences(by: nil).map(\.id.text) == ["c"])
        #expect([fences[0], fences[2]].fences(by: nil).map(\.id.text) == ["a"])
    }

    /// The contract's formula, term by term as it is written there.
    @Test(arguments: seeds)
    func `fences give what the contract's formula says`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let channels: [Channel?] = [web, app, nil].filter { _ in !generator.isOne(in: 3) }
            let fences = channels.map { channel in
                RingFence(
                    channel: channel, quantity: Int64.random(in: 0...8, using: &generator),
                    priority: Int64.random(in: 0...2, using: &generator),
                    reserved: Int64.random(in: 0...6, using: &generator))
            }
            let asked = generator.pick([web, app, nil])
            let onHand = Int64.random(in: -3...20, using: &generator)
            let reserved = Int64.random(in: 0...12, using: &generator)
            let safety = Int64.random(in: 0...3, using: &generator)
            let free = max(0, onHand - reserved - safety)
            func rest(_ fence: RingFence) -> Int64 {
                fence.channel == nil ? fence.quantity : max(0, fence.quantity - fence.reserved)
            }
            let others = fences.filter { $0.channel == nil || $0.channel != asked }
            var expected = max(0, free - others.reduce(0) { $0 + rest($1) })
            if let asked, let own = fences.first(where: { $0.channel == asked }) {
                let higher = others.filter { $0.priority > own.priority }.reduce(0) { $0 + rest($1) }
                expected = max(expected, min(rest(own), free - higher))
            }
            let terms = AvailabilityTerms(
                onHand: onHand, reserved: reserved,
                holdBack: HoldBack(safetyStock: safety, fenced: FencedUnits(fences, for: asked)))
            #expect(terms.availableToSell == expected, "seed \(seed): \(terms)")
            let steps = terms.steps
            #expect(steps.dropLast().reduce(0) { $0 + $1.units } == steps.last?.units, "seed \(seed): \(steps)")
            #expect(steps.last?.units == expected)
        }
    }

    @Test func `the steps name what is not sold for another reason`() {
        let terms = AvailabilityTerms(onHand: 5, reserved: 1, itemStatus: .stopSale)
        let units = Dictionary(uniqueKeysWithValues: terms.steps.map { ($0.name, $0.units) })
        #expect(units[.eligibility] == -4 && units[.availableToSell] == 0)
        let short = AvailabilityTerms(onHand: 1, reserved: 3)
        #expect(short.steps.first { $0.name == .clamp }?.units == 2)
    }

    @Test func `supply counts from its local day on, and not once it is overdue`() {
        // 23:30 in Berlin on 2026-03-28, an hour and a half before clocks go forward there.
        let now = Timestamp(rfc3339: "2026-03-28T22:30:00Z") ?? Timestamp(microseconds: 0)
        let zone = ZoneOffsets(
            first: 3_600,
            changes: [
                .init(at: Timestamp(rfc3339: "2026-03-29T01:00:00Z") ?? Timestamp(microseconds: 0), seconds: 7_200)
            ])
        func supply(_ id: String, _ at: String, _ units: Int64) -> ExpectedSupply {
            let instant = Timestamp(rfc3339: at) ?? Timestamp(microseconds: 0)
            return ExpectedSupply(
                id: SupplyID(stored: id), sku: a, location: l, quantity: units, expectedAt: instant,
                firstExpectedAt: instant)
        }
        let plan = SupplyPlan(
            available: 2,
            [
                supply("late", "2026-03-28T20:00:00Z", 50), supply("tonight", "2026-03-28T22:45:00Z", 1),
                supply("tomorrow", "2026-03-29T21:59:00Z", 10), supply("after", "2026-03-29T22:00:00Z", 100),
            ], days: 3, from: now, in: zone)
        #expect(plan.days.map(\.date.description) == ["2026-03-28", "2026-03-29", "2026-03-30"])
        #expect(plan.days.map(\.availableToPromise) == [3, 13, 113])
        #expect(plan.days.map(\.supplyUnits) == [1, 10, 100])
        #expect(plan.overdue.map(\.id.text) == ["late"])
    }
}
