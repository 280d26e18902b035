import Inventory
import InventoryService
import LibPQ

/// The columns of count `c` and source `s`.
enum CountColumn: Int32, SelectedColumn {
    case id, source, event, location, countedAt, recordedAt, isComplete, excludesReady, lineCount, leftAlone, isApplied
    case fingerprint, actor

    var selected: String {
        switch self {
        case .id: "c.count_id"
        case .source: "s.id"
        case .event: "c.event_id"
        case .location: "c.location"
        case .countedAt: "c.counted_at"
        case .recordedAt: "c.recorded_at"
        case .isComplete: "c.is_complete"
        case .excludesReady: "c.excludes_ready"
        case .lineCount:
            // Of one that was not stored whole, the items that its records have listed so far.
            """
            case when c.fingerprint is not null then c.line_count else (
                select count(*)::int4 from count_line l where l.count_id = c.count_id and l.is_stated) end
            """
        case .leftAlone: "cardinality(c.left_alone)"
        case .isApplied: "c.status = 'applied'"
        case .fingerprint: "c.fingerprint"
        case .actor: "c.actor"
        }
    }
}

extension StoredCount {
    init(_ row: Row) {
        let row = ColumnReader<CountColumn>(row)
        guard let id = CountID(row.bytea(.id)) else { preconditionFailure("a stored count id has 16 bytes") }
        self.init(
            id: id, source: SourceID(stored: row.text(.source)), event: EventID(stored: row.text(.event)),
            location: LocationID(stored: row.text(.location)), countedAt: row.requiredTimestamp(.countedAt),
            recordedAt: row.requiredTimestamp(.recordedAt), isComplete: row.bool(.isComplete),
            excludesReady: row.bool(.excludesReady), lineCount: Int(row.int4(.lineCount)),
            leftAlone: Int(row.int4(.leftAlone)),
            isApplied: row.bool(.isApplied))
        actor = row.textIfPresent(.actor).map(ActorName.init(stored:))
    }
}

/// What a count found of an item, of line `c` and item `i`.
enum CountFindingColumn: Int32, SelectedColumn {
    case sku, bucket, quantity, variance, suspectVariance

    var selected: String {
        switch self {
        case .sku: "i.sku"
        case .bucket: "c.bucket"
        case .quantity: "c.quantity"
        case .variance: "c.variance"
        case .suspectVariance: "c.suspect_variance"
        }
    }
}

extension CountFinding {
    init(_ row: Row) {
        let row = ColumnReader<CountFindingColumn>(row)
        self.init(
            sku: SKU(stored: row.text(.sku)), counted: .init(stored: row.int2(.bucket)), quantity: row.int8(.quantity),
            variance: row.int8(.variance), suspectVariance: row.int8(.suspectVariance))
    }
}

/// Sums over count lines `c` at location `l`.
enum CountAccuracyColumn: Int32, ColumnTable {
    case location, sku, counts, lines, linesExact, unitsCounted, variance, absoluteVariance, lastCountedAt

    /// - Parameter sku: an expression of text; NULL where the sums are over all items.
    static func selectList(sku: String) -> String {
        selectList { column in
            switch column {
            case .location: "l.id"
            case .sku: sku
            case .counts: "count(distinct c.count_id)"
            case .lines: "count(*)"
            case .linesExact: "count(*) filter (where c.variance = 0)"
            case .unitsCounted: UnitSum.of("c.quantity")
            case .variance: UnitSum.of("c.variance")
            case .absoluteVariance: UnitSum.of("abs(c.variance)")
            case .lastCountedAt: "max(c.counted_at)"
            }
        }
    }
}

extension CountAccuracy {
    init(_ row: Row) {
        let row = ColumnReader<CountAccuracyColumn>(row)
        self.init(
            location: LocationID(stored: row.text(.location)), sku: row.textIfPresent(.sku).map(SKU.init(stored:)))
        counts = row.int8(.counts)
        lines = row.int8(.lines)
        linesExact = row.int8(.linesExact)
        unitsCounted = row.int8(.unitsCounted)
        variance = row.int8(.variance)
        absoluteVariance = row.int8(.absoluteVariance)
        lastCountedAt = row.timestamp(.lastCountedAt)
    }
}

/// What speaks for counting an item, of balance `b`, item `i`, location `l`, its counts `s` and its task `t`.
enum CountCandidateColumn: Int32, SelectedColumn {
    case item, sku, name, onHand, suspect, reserved, availableToSell, soldUnits, soldAt, soldSince, now, countedAt
    case countsWithVariance, counts, meanAbsoluteVariance, requested

    var selected: String {
        switch self {
        case .item: "b.item_id"
        case .sku: "i.sku"
        case .name: "i.name"
        case .onHand: "b.on_hand"
        case .suspect: "b.suspect"
        case .reserved: "\(AvailabilitySQL.reserved)"
        case .availableToSell:
            """
            available_to_sell(
                b.on_hand, \(AvailabilitySQL.reserved), 0,
                i.status <> 'stopSale' and l.status = 'active' and l.mode = 'live')
            """
        case .soldUnits: "b.sold_units"
        case .soldAt: "b.sold_at"
        case .soldSince: "b.sold_since"
        case .now: "statement_timestamp()"
        case .countedAt: "b.counted_at"
        case .countsWithVariance: "coalesce(s.wrong, 0)"
        case .counts: "coalesce(s.counts, 0)"
        case .meanAbsoluteVariance: "coalesce(s.mean, 0)::float8"
        case .requested: "t.reason"
        }
    }
}

extension CountCandidate {
    init(_ row: ColumnReader<CountCandidateColumn>) {
        let sold = row.soldUnits(.soldUnits, .soldAt, .soldSince)
        self.init(
            sku: SKU(stored: row.text(.sku)), name: row.text(.name), onHand: row.int8(.onHand),
            suspect: row.int8(.suspect), reserved: row.int8(.reserved), availableToSell: row.int8(.availableToSell),
            unitsPerDay: sold?.unitsPerDay(now: row.requiredTimestamp(.now)) ?? 0,
            lastCountedAt: row.timestamp(.countedAt), countsWithVariance: row.int8(.countsWithVariance),
            counts: row.int8(.counts), meanAbsoluteVariance: row.float8(.meanAbsoluteVariance),
            requested: row.textIfPresent(.requested))
    }
}
