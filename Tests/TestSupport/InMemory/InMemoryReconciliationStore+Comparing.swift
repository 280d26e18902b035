import Inventory
import InventoryService

/// All that figures are compared with.
struct ComparingWorld {
    let tables: InMemoryCatalogStore.Tables
    let facts: InMemoryStore.State
    let rules: [ReconciliationRule]

    private typealias Line = InMemoryReconciliationStore.Line
    private typealias Kept = InMemoryReconciliationStore.Kept
    private typealias State = InMemoryReconciliationStore.State

    private var world: World { facts.world }

    func occurred(_ key: BalanceKey, _ instant: Timestamp) -> Figures { world.occurred(key, instant) }

    // MARK: Names

    /// Figures as they are stored: one line for each item at a location.
    func kept(
        _ posted: PostedReconciliation, _ id: ReconciliationID, _ number: SourceNumber,
        _ state: InMemoryReconciliationStore.State
    ) -> Result<InMemoryReconciliationStore.Kept, ReconciliationRejection> {
        guard posted.asOf <= world.now else { return .failure(.inFuture(now: world.now)) }
        if let place = posted.completeAt, !tables.isKnown(place) { return .failure(.unknownLocation) }
        let source = tables.sources[TableKey(posted.source.text)]?.value
        var lines: [Line] = []
        for (index, sent) in posted.lines.enumerated() { add(sent, index, source, to: &lines) }
        for index in lines.indices where lines[index].key != nil {
            guard Int64(lines[index].shown.theirs.magnitude) > Figures.unitsMax else { continue }
            lines[index] = unknown(posted.lines[lines[index].shown.number], lines[index].shown.number, source)
        }
        if let place = posted.completeAt { addUnlisted(at: place, posted, number, state, to: &lines) }
        var stored = StoredReconciliation(
            id: id, source: posted.source, event: posted.event, asOf: posted.asOf, createdAt: world.now, isDone: false,
            isComplete: posted.completeAt != nil, inFlightSeconds: posted.inFlightSeconds, corrects: posted.corrects,
            isAuthoritative: source?.authority == .authoritative)
        stored.summary = nil
        return .success(
            Kept(
                stored: stored, source: number, fingerprint: posted.fingerprint, completeAt: posted.completeAt,
                lines: lines.sorted { $0.shown.number < $1.shown.number }))
    }

    private func add(
        _ sent: PostedReconciliation.Line, _ index: Int, _ source: Source?, to lines: inout [Line]
    ) {
        guard let (sku, units) = tables.named(sent.item, by: source), let item = world.items[sku],
            tables.items[TableKey(sku.text)]?.value.components.isEmpty ?? false,
            let location = tables.location(sent.location, by: source), let place = world.locations[location]
        else { return lines.append(unknown(sent, index, source)) }
        let key = BalanceKey(item: item, location: place)
        if let known = lines.firstIndex(where: { $0.key == key }) {
            lines[known].shown.theirs += sent.quantity * units
            return
        }
        var shown = ReconciledLine(
            number: index, location: location, theirs: sent.quantity * units, status: .waiting)
        shown.sku = sku
        lines.append(Line(key: key, shown: shown))
    }

    private func unknown(_ sent: PostedReconciliation.Line, _ index: Int, _ source: Source?) -> Line {
        let place = tables.location(sent.location, by: source) ?? LocationID(stored: sent.location.text)
        var shown = ReconciledLine(number: index, location: place, theirs: sent.quantity, status: .unknown)
        switch sent.item {
        case .sku(let sku): shown.sku = sku
        case .code(let system, let code): (shown.codeSystem, shown.code) = (system ?? source?.codeSystem, code)
        }
        shown.problem = "cannot be compared"
        return Line(key: nil, shown: shown)
    }

    /// What a complete one does not list was 0.
    private func addUnlisted(
        at place: LocationID, _ posted: PostedReconciliation, _ source: SourceNumber, _ state: State,
        to lines: inout [Line]
    ) {
        let balances = world.balances.filter { $0.value.version > 0 }.map(\.key)
        let told = state.variances.keys.filter { $0.source == source }.map(\.balance)
        let awaited = state.kept.values.filter { $0.source == source }.flatMap(\.lines)
            .compactMap { $0.isAwaiting ? $0.key : nil }
        let listed = Set(lines.compactMap(\.key))
        let unlisted = Set(balances + told + awaited).subtracting(listed)
            .filter { $0.location == world.locations[place] }.sorted { $0.item < $1.item }
        for (index, key) in unlisted.enumerated() {
            var shown = ReconciledLine(number: posted.lines.count + index, location: place, theirs: 0, status: .waiting)
            shown.sku = world.items.first { $0.value == key.item }?.key
            lines.append(Line(key: key, shown: shown))
        }
    }

    // MARK: Comparing

    func pair(
        _ line: InMemoryReconciliationStore.Line, _ key: BalanceKey, of kept: InMemoryReconciliationStore.Kept,
        _ state: InMemoryReconciliationStore.State, _ wait: Duration
    ) -> WaitingPair {
        let (asOf, reach) = (kept.stored.asOf, kept.stored.inFlightSeconds * 1_000_000)
        let ours = occurred(key, asOf)
        let isOff = ours.onHand != line.shown.theirs
        let rule = rule(of: kept.stored.source, at: line.shown.location)
        return WaitingPair(
            line: line.shown.number,
            comparison: PairComparison(
                theirs: line.shown.theirs, ours: ours.onHand, asOf: asOf, inFlightMicroseconds: reach,
                inTransit: ours.inTransit, changes: isOff && reach > 0 ? changes(of: key, asOf, reach) : []),
            version: world.balances[key]?.version ?? 0,
            rule: rule?.id, limits: rule?.limits ?? .none,
            isCounted: isOff
                && world.countLines.keys.contains {
                    $0.balance == key && $0.counted == .onHand && $0.position.at == asOf
                },
            awaited: awaited(at: line.shown.location, of: kept, state, wait),
            isOlder: isOff && state.hasLater(than: kept, of: key, thatCorrect: true))
    }

    /// The most specific: of a source at a location, of a location, of a source, of all.
    private func rule(of source: SourceID, at location: LocationID) -> ReconciliationRule? {
        func rank(_ rule: ReconciliationRule) -> Int { (rule.location == nil ? 2 : 0) + (rule.source == nil ? 1 : 0) }
        return rules.filter { rule in
            rule.source.map { $0 == source } ?? true && rule.location.map { $0 == location } ?? true
        }.min { rank($0) < rank($1) }
    }

    /// Up to three sources of a location, other than the one whose figures they are, that were not heard through the instant;
    /// nil where none is, or they were waited for long enough.
    func awaited(
        at location: LocationID, of kept: InMemoryReconciliationStore.Kept,
        _ state: InMemoryReconciliationStore.State, _ wait: Duration
    ) -> String? {
        guard kept.stored.asOf > world.now.advanced(byMicroseconds: -wait.components.seconds * 1_000_000) else {
            return nil
        }
        let heard = state.heardThrough[location] ?? [:]
        let unheard = tables.sources.all.map(\.stored.value).filter { source in
            let number = facts.sources.firstIndex(of: source.id).map { SourceNumber(Int32($0 + 1)) }
            let through = number.flatMap { heard[$0] }
            return source.id != kept.stored.source && (source.locations.contains(location) || through != nil)
                && through.map { $0 < kept.stored.asOf } ?? true
        }
        guard !unheard.isEmpty else { return nil }
        return unheard.map(\.id).sorted().prefix(3).map { "'\($0)'" }.joined(separator: ", ")
    }

    /// A fact and the correction of the count that knew better are one change; what people corrected was never on its way.
    private func changes(of key: BalanceKey, _ asOf: Timestamp, _ reach: Int64) -> [InFlightChange] {
        let (from, to) = (asOf.advanced(byMicroseconds: -reach), asOf.advanced(byMicroseconds: reach))
        struct Group: Hashable {
            let source: SourceNumber
            let event: EventID
            let recordedAt: Timestamp
            let isBefore: Bool
        }
        let near = world.lines.filter { line in
            line.key == key && !(line.kind == .adjustment && line.source == .holdfast)
                && (line.occurredAt > from && line.occurredAt <= to
                    || line.occurredAt <= asOf && line.recordedAt > asOf)
        }
        let groups = Dictionary(grouping: near) {
            Group(source: $0.source, event: $0.eventID, recordedAt: $0.recordedAt, isBefore: $0.occurredAt <= asOf)
        }
        return groups.values.compactMap { lines in
            let units = lines.reduce(Int64(0)) { $0 + $1.sellableUnits }
            guard units != 0, lines.contains(where: { $0.kind != .variance }),
                let occurred = lines.map(\.occurredAt).max(), let recorded = lines.map(\.recordedAt).max()
            else { return nil }
            return InFlightChange(occurredAt: occurred, recordedAt: recorded, units: units)
        }
    }
}

extension LedgerLine {
    /// By how much it changes what is sellable.
    fileprivate var sellableUnits: Int64 {
        guard let posting else { return 0 }
        if posting.bucket == .onHand { return posting.units }
        if case .sibling(.onHand) = posting.counterAccount { return -posting.units }
        return 0
    }
}

extension LocationReference {
    fileprivate var text: String {
        switch self {
        case .id(let id): id.text
        case .code(_, let code): code.text
        }
    }
}
