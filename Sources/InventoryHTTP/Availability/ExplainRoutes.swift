import Hummingbird
import Inventory
import InventoryService
import StrictJSON

/// Why a figure is what it is, and what it will be.
struct ExplainRoutes {
    let views: AvailabilityViews
    let heard: LastSeenTracker

    func add(to router: RouterGroup<AppContext>) {
        router.get("availability/{sku}/{location}/explain", use: explain)
        router.get("availability/{sku}/{location}/promise", use: promise)
    }

    /// operationId: explainAvailability
    @Sendable func explain(_ request: Request, context: AppContext) async throws -> Response {
        let sku = try context.identifier("sku", SKUKind.self)
        let location = try context.location("location")
        // It shows the last ledger lines, whoever reported them.
        try context.requireAnySource()
        var query = Query(request)
        var filter = NetworkFilter(from: &query)
        filter.owner = query.identifier("owner")
        try query.finish()
        let found = try await views.evidence(.sku(sku), at: location, filter)
        switch found {
        case .success(let evidence):
            return .json(headers: AvailabilityRoutes.revalidated) {
                $0.evidence(evidence, filter, heard: heard.lastHeard, for: context.caller)
            }
        case .failure(let unknown): throw Problem(unknown, sku: sku, location: location)
        }
    }

    private static let daysDefault = 30

    /// operationId: promiseAvailability
    @Sendable func promise(_ request: Request, context: AppContext) async throws -> Response {
        let sku = try context.identifier("sku", SKUKind.self)
        let location = try context.location("location")
        var query = Query(request)
        let filter = NetworkFilter(from: &query)
        let days = query.integer("days", in: 1...Int(SupplyPlan.daysMax)) ?? Self.daysDefault
        try query.finish()
        let found = try await views.promise(sku, at: location, filter, days: Int64(days))
        switch found {
        case .success(let plan):
            return .json(headers: AvailabilityRoutes.revalidated) { $0.promise(plan, sku, location) }
        case .failure(let unknown): throw Problem(unknown, sku: sku, location: location)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func promise(_ plan: PromisePlan, _ sku: SKU, _ location: LocationID) {
        object {
            $0.field("sku", sku.text)
            $0.field("location", location.text)
            $0.field("availableToSell", plan.availableToSell)
            $0.field("timeZone", plan.timeZone)
            $0.name("days")
            $0.array(plan.plan.days) { writer, day in
                writer.object {
                    $0.field("date", day.date.description)
                    $0.field("supplyUnits", plan.isKit ? nil : day.supplyUnits)
                    $0.field("availableToPromise", day.availableToPromise)
                    $0.name("supplies")
                    $0.array(day.supplies) { $0.value($1.id.text) }
                }
            }
            $0.name("overdue")
            $0.array(plan.plan.overdue) { $0.supply($1) }
            $0.field("asOf", plan.asOf)
        }
    }

    fileprivate mutating func evidence(
        _ evidence: Evidence, _ filter: NetworkFilter, heard: [LocationID: Timestamp], for caller: Caller
    ) {
        let view = evidence.view
        let isKit = view.kitsAvailable != nil
        let rules = evidence.rules.map(\.value)
        let safety =
            isKit
            ? nil
            : rules.applying(
                .safetyStock, to: filter.channel, by: filter.method, onHand: view.figures.onHand)
        let threshold =
            isKit
            ? nil
            : rules.applying(
                .threshold, to: filter.channel, by: filter.method, onHand: view.figures.onHand)
        let fences = rules.fences(by: filter.method)
        let restriction = rules.restriction(for: filter.channel, by: filter.method)
        let applied = Set([safety, threshold, restriction].compactMap(\.self) + fences)
        let passedOver = evidence.rules.filter { rule in
            !applied.contains(rule.value)
                && (rule.value.kind == .ringFence || rule.value.scope.concerns(filter.channel, by: filter.method))
        }
        func version(of rule: StockRule) -> Int64 { evidence.rules.first { $0.value == rule }?.version ?? 0 }
        object { writer in
            writer.name("availability")
            writer.availability(view, heard: heard)
            writer.name("terms")
            let steps = isKit ? [] : view.terms.steps
            let last = AvailabilityStep(name: .availableToSell, units: view.availableToSell)
            writer.array(isKit ? [last] : steps) { writer, step in
                writer.object {
                    $0.field("name", step.name.rawValue)
                    $0.field("units", step.units)
                    $0.field("detail", evidence.detail(of: step, filter, safety, fences))
                }
            }
            writer.name("obstacles")
            writer.array(evidence.obstacles) { $0.value($1.rawValue) }
            writer.name("safetyStockRule")
            writer.optional(safety) { $0.appliedRule($1, version: version(of: $1), onHand: view.figures.onHand) }
            writer.name("threshold")
            writer.optional(threshold) { $0.appliedRule($1, version: version(of: $1), onHand: view.figures.onHand) }
            writer.name("saleRestriction")
            writer.optional(restriction) { $0.restriction($1, version: version(of: $1)) }
            writer.name("rulesPassedOver")
            writer.array(passedOver) { writer, stored in
                writer.object {
                    $0.field("kind", stored.value.kind.name)
                    $0.name("rule")
                    $0.passedOver(stored)
                }
            }
            writer.name("ringFences")
            writer.array(fences) { writer, rule in
                let channel = rule.scope.channel
                let fence = RingFence(
                    channel: channel, quantity: rule.quantity, priority: rule.priority,
                    reserved: channel.flatMap { evidence.reserved[$0] } ?? 0)
                writer.object {
                    $0.field("id", rule.id.text)
                    $0.field("channel", channel?.text)
                    $0.field("quantity", rule.quantity)
                    $0.field("priority", rule.priority)
                    $0.field("reserved", fence.reserved)
                    $0.field("rest", fence.rest)
                    $0.field("isOwn", channel != nil && channel == filter.channel)
                }
            }
            writer.holds(evidence, for: caller)
            writer.name("components")
            writer.array(evidence.components) { writer, component in
                writer.object {
                    $0.field("sku", component.sku.text)
                    $0.field("quantity", component.quantity)
                    $0.field("availableToSell", component.availableToSell)
                    $0.field(
                        "href",
                        "/v1/availability/\(component.sku.text.pathEscaped)/\(view.location.text.pathEscaped)/explain")
                }
            }
            writer.name("movements")
            writer.array(evidence.movements) { $0.movementEvidence($1) }
            writer.field(
                "movementsHref",
                "/v1/movements?sku=\(view.sku.text.pathEscaped)&location=\(view.location.text.pathEscaped)")
            writer.field("asOf", view.asOf)
        }
    }

    private mutating func holds(_ evidence: Evidence, for caller: Caller) {
        name("holds")
        // Whose they are, and under which number, is for those who may read reservations.
        array(caller.client == nil || caller.scopes.contains(.reservationsRead) ? evidence.holds : []) { writer, hold in
            writer.object {
                $0.field("reservation", hold.allocation.reservation.description)
                $0.field("allocation", hold.allocation.description)
                $0.field("state", hold.state.name)
                $0.field("quantity", hold.quantity)
                $0.field("uncoveredQuantity", hold.uncoveredQuantity)
                $0.field("owner", hold.owner?.text)
                $0.field("channel", hold.channel?.text)
                $0.field("reference", hold.reference?.text)
                $0.field("method", hold.method.rawValue)
                $0.field("createdAt", hold.createdAt)
                $0.field("expiresAt", hold.expiresAt)
                $0.field("href", "/v1/reservations/\(hold.allocation.reservation)")
            }
        }
        field("holdCount", evidence.holdCount)
        field("holdUnits", evidence.holdUnits)
    }

    private mutating func appliedRule(_ rule: StockRule, version: Int64, onHand: Int64) {
        object {
            $0.field("id", rule.id.text)
            $0.name("scope")
            $0.scope(rule.scope)
            $0.field("quantity", rule.quantity)
            $0.field("percent", rule.kind == .safetyStock ? rule.percent : nil)
            $0.field("units", rule.units(of: onHand))
            $0.field("validFrom", rule.validity.from)
            $0.field("validTo", rule.validity.to)
            $0.field("version", version)
        }
    }

    private mutating func restriction(_ rule: StockRule, version: Int64) {
        object {
            $0.field("id", rule.id.text)
            $0.name("scope")
            $0.scope(rule.scope)
            $0.field("validFrom", rule.validity.from)
            $0.field("validTo", rule.validity.to)
            $0.field("version", version)
        }
    }

    private mutating func passedOver(_ stored: Stored<StockRule>) {
        object {
            $0.field("id", stored.value.id.text)
            $0.name("scope")
            $0.scope(stored.value.scope)
            $0.field("quantity", stored.value.quantity)
            $0.field("percent", stored.value.kind == .safetyStock ? stored.value.percent : nil)
            $0.field("priority", stored.value.kind == .ringFence ? stored.value.priority : nil)
            $0.field("validFrom", stored.value.validity.from)
            $0.field("validTo", stored.value.validity.to)
            $0.field("version", stored.version)
        }
    }

    private mutating func movementEvidence(_ entry: LedgerEntry) {
        let line = entry.line
        object {
            $0.field("sequence", entry.sequence)
            $0.field("type", line.kind.name)
            $0.field("bucket", line.posting?.bucket.name)
            $0.field("units", line.posting?.units ?? 0)
            $0.field("onHandAfter", line.after.onHand)
            $0.field("reservedAfter", line.after.reserved)
            $0.field("recordedAt", line.recordedAt)
            $0.field("occurredAt", line.occurredAt)
            $0.field("source", entry.source.text)
            $0.field("eventId", line.eventID.reported.text)
            $0.field("reference", line.reference?.text)
        }
    }
}

extension Evidence {
    /// What a term is, for a person.
    fileprivate func detail(
        of step: AvailabilityStep, _ filter: NetworkFilter, _ safety: StockRule?, _ fences: [StockRule]
    ) -> String {
        switch step.name {
        case .onHand: return "sellable units there"
        case .reserved: return "promised by \(holdCount) open \(holdCount == 1 ? "allocation" : "allocations")"
        case .ownHolds:
            return filter.owner.map { "held by '\($0)', and so still available to them" }
                ?? "no owner given, so your own holds count as reserved"
        case .safetyStock:
            guard let safety else { return "no safety-stock rule applies" }
            let share =
                safety.percent == 0 ? "" : ", \(safety.percent) % of what is on hand and at least \(safety.quantity)"
            return "held back by the safety-stock rule '\(safety.id)'\(share)"
        case .lagBuffer:
            return step.units == 0
                ? "nothing is held back for silence"
                : "held back for what the location, which is silent, may have sold since it was heard"
        case .ringFences:
            let others = fences.filter { $0.scope.channel == nil || $0.scope.channel != filter.channel }
            guard !others.isEmpty else { return "no ring-fence keeps units from this channel" }
            return "kept for others by \(others.map { "'\($0.id)'" }.joined(separator: ", "))"
        case .channelFence:
            guard let channel = filter.channel else { return "no channel was asked for" }
            return fences.first { $0.scope.channel == channel }.map {
                "what the channel's own ring-fence '\($0.id)' gives back"
            }
                ?? "channel '\(channel)' has no ring-fence there"
        case .clamp: return step.units == 0 ? "the sum is not below 0" : "what is missing here is missing nowhere else"
        case .eligibility:
            return obstacles.isEmpty
                ? "nothing prevents selling there"
                : "not sold there: \(obstacles.map(\.inWords).joined(separator: ", "))"
        case .availableToSell: return "what a new promise may take"
        }
    }
}

extension StockRuleKind {
    /// As the API names it.
    fileprivate var name: String {
        switch self {
        case .safetyStock: "safetyStock"
        case .threshold: "threshold"
        case .ringFence: "ringFence"
        case .saleRestriction: "saleRestriction"
        }
    }
}
