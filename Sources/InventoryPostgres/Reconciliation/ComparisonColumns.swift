import Inventory
import InventoryService
import LibPQ

/// What `reconciliationCompare` reads of a pair that waits for its comparison.
enum WaitingPairColumn: Int32, SelectedColumn {
    case line, theirs, ours, inTransit
    case version
    /// The rule that applies; these four are NULL where there is none.
    case rule, toleranceUnits, tolerancePercent, autoCorrectUnits
    /// A count of the very instant says what was there.
    case isCounted
    /// Changes near the instant, in arrays beside each other.
    case changeUnits, changesOccurred, changesRecorded
    case awaited
    case isOlder

    var selected: String {
        switch self {
        case .line: "l.line"
        case .theirs: "l.theirs"
        case .ours: "u.on_hand"
        case .inTransit: "u.in_transit"
        case .version: "coalesce(b.version, 0)"
        case .rule: "rule.id"
        case .toleranceUnits: "rule.tolerance_units"
        case .tolerancePercent: "rule.tolerance_percent"
        case .autoCorrectUnits: "rule.auto_correct_units"
        case .isCounted:
            """
            exists (
                select from count_line c
                where c.item_id = l.item_id and c.location_id = l.location_id and c.bucket = 1
                  and c.counted_at = $4 and u.on_hand <> l.theirs)
            """
        case .changeUnits: "flight.units"
        case .changesOccurred: "flight.occurred"
        case .changesRecorded: "flight.recorded"
        case .awaited: "awaited.sources"
        case .isOlder:
            """
            case when u.on_hand <> l.theirs then exists (
                select from later where later.item_id = l.item_id and later.location_id = l.location_id)
            else false end
            """
        }
    }
}

extension WaitingPair {
    init(_ row: Row, asOf: Timestamp, inFlightMicroseconds: Int64) {
        let row = ColumnReader<WaitingPairColumn>(row)
        let units = row.int8s(.changeUnits)
        let (occurred, recorded) = (row.int8s(.changesOccurred), row.int8s(.changesRecorded))
        let changes = units.indices.map {
            InFlightChange(
                occurredAt: Timestamp(microseconds: occurred[$0]), recordedAt: Timestamp(microseconds: recorded[$0]),
                units: units[$0])
        }
        self.init(
            line: Int(row.int4(.line)),
            comparison: PairComparison(
                theirs: row.int8(.theirs), ours: row.int8(.ours), asOf: asOf,
                inFlightMicroseconds: inFlightMicroseconds, inTransit: row.int8(.inTransit), changes: changes),
            version: row.int8(.version),
            rule: row.textIfPresent(.rule).map(ReconciliationRuleID.init(stored:)),
            limits: row.isNull(.rule)
                ? .none
                : ReconciliationLimits(
                    toleranceUnits: row.int8(.toleranceUnits), tolerancePercent: Int64(row.int4(.tolerancePercent)),
                    autoCorrectUnits: row.int8(.autoCorrectUnits)),
            isCounted: row.bool(.isCounted), awaited: row.textIfPresent(.awaited), isOlder: row.bool(.isOlder))
    }
}

/// What `reconciliationCompared` writes of a pair: its line, by which it is found, and what came out.
enum ComparedPairColumn: Int32, WrittenColumn {
    case line, ours, version, status, because, changesInFlight, figureAt, rule, isToCorrect, isAwaiting, problem

    var name: String { definition.name }
    var type: PQType { definition.type }

    /// What line `l` is set to.
    static var assignments: String {
        allCases.filter { $0 != .line }.map { "\($0.name) = n.\($0.name)" }.joined(separator: ", ")
    }

    private var definition: (name: String, type: PQType) {
        switch self {
        case .line: ("line", .int4Array)
        case .ours: ("ours", .int8Array)
        case .version: ("version", .int8Array)
        case .status: ("status", .textArray)
        case .because: ("because", .textArray)
        case .changesInFlight: ("lines_in_flight", .int4Array)
        case .figureAt: ("figure_at", .timestamptzArray)
        case .rule: ("rule", .textArray)
        case .isToCorrect: ("is_to_correct", .boolArray)
        case .isAwaiting: ("is_awaiting", .boolArray)
        case .problem: ("problem", .textArray)
        }
    }

    func write(_ pairs: [ComparedPair], to writer: inout ParameterWriter) {
        switch self {
        case .line: writer.int4s(pairs) { Int32($0.line) }
        case .ours: writer.int8s(pairs) { $0.ours }
        case .version: writer.int8s(pairs) { $0.version }
        case .status: writer.texts(pairs) { $0.result.status.rawValue }
        case .because: writer.texts(pairs) { $0.result.explanation?.because.rawValue }
        case .changesInFlight: writer.int4s(pairs) { $0.result.explanation.map { Int32($0.changes) } }
        case .figureAt: writer.timestamptzs(pairs) { $0.result.explanation?.figureAt?.microseconds }
        case .rule: writer.texts(pairs) { $0.rule?.text }
        case .isToCorrect: writer.bools(pairs) { $0.isToCorrect }
        case .isAwaiting: writer.bools(pairs) { $0.isAwaiting }
        case .problem: writer.texts(pairs) { $0.problem }
        }
    }
}

/// What `reconciliationDue` reads of line `l`, item `i` and location `p`.
enum DueCorrectionColumn: Int32, SelectedColumn {
    case line, sku, location, difference, version

    var selected: String {
        switch self {
        case .line: "l.line"
        case .sku: "i.sku"
        case .location: "p.id"
        case .difference: "l.theirs - l.ours"
        case .version: "l.version"
        }
    }
}

extension DueCorrection {
    init(_ row: Row) {
        let row = ColumnReader<DueCorrectionColumn>(row)
        self.init(
            line: Int(row.int4(.line)), sku: SKU(stored: row.text(.sku)),
            location: LocationID(stored: row.text(.location)),
            difference: row.int8(.difference), version: row.int8(.version))
    }
}
