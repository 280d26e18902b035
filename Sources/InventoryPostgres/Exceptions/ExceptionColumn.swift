import Inventory
import InventoryService
import LibPQ

/// The columns of exception `e` and source `s`.
enum ExceptionColumn: Int32, SelectedColumn {
    case id, type, status, priority, openedAt, detail
    /// Lines that wait for what the exception asks for, counted up to a bound: more than that is "many".
    case linesWaiting
    case owner, assignedAt, resolvedAt, resolution, action, resolvedBy
    case source, eventID, sku, codeSystem, code, location, problem, pointer, raw
    case units, sequence, count
    case decision

    private static let linesCountedMax = 10_000

    var selected: String {
        switch self {
        case .id: "e.exception_id"
        case .type: "e.type"
        case .status: "e.status"
        case .priority: "e.priority"
        case .openedAt: "e.opened_at"
        case .detail: "e.detail"
        case .linesWaiting:
            """
            case e.type
                when 'unknownSku' then \(Self.parked("p.sku = e.sku"))
                when 'unknownLocation' then \(Self.parkedAt("e.location", system: "null"))
                when 'unknownLocationCode' then \(Self.parkedAt("e.code", system: "e.code_system"))
                when 'unknownCode' then \(Self.parkedOfCode)
                when 'wrongCheckDigit' then \(Self.parkedOfCode)
                else 0
            end
            """
        case .owner: "e.owner"
        case .assignedAt: "e.assigned_at"
        case .resolvedAt: "e.resolved_at"
        case .resolution: "e.resolution"
        case .action: "e.action"
        case .resolvedBy: "e.resolved_by"
        case .source: "s.id"
        case .eventID: "e.event_id"
        case .sku: "e.sku"
        case .codeSystem: "e.code_system"
        case .code: "e.code"
        case .location: "e.location"
        case .problem: "e.problem"
        case .pointer: "e.pointer"
        case .raw: "e.raw"
        case .units: "e.units"
        case .sequence: "e.sequence"
        case .count: "e.count_id"
        case .decision: "e.decision"
        }
    }

    private static func parked(_ condition: String) -> String {
        "(select count(*) from (select from parked_line p where \(condition) limit \(linesCountedMax)) p)"
    }

    private static func parkedAt(_ place: String, system: String) -> String {
        parked(
            """
            p.location = \(place) and p.location_system is not distinct from \(system)
            or p.to_location = \(place) and p.to_location_system is not distinct from \(system)
            """)
    }

    private static let parkedOfCode = parked(
        "p.code = canonical_code(e.code_system, e.code) and p.code_system = e.code_system")
}

extension ExceptionRecord {
    init(_ row: Row) {
        let row = ColumnReader<ExceptionColumn>(row)
        self.init(
            id: row.int8(.id), type: .init(stored: row.text(.type)), status: .init(stored: row.text(.status)),
            priority: .init(stored: row.int2(.priority)), openedAt: row.requiredTimestamp(.openedAt),
            detail: row.text(.detail), linesWaiting: row.int8(.linesWaiting))
        owner = row.textIfPresent(.owner)
        assignedAt = row.timestamp(.assignedAt)
        resolvedAt = row.timestamp(.resolvedAt)
        resolution = row.textIfPresent(.resolution)
        action = row.textIfPresent(.action).map(ExceptionAction.init(stored:))
        resolvedBy = row.textIfPresent(.resolvedBy)
        source = row.textIfPresent(.source).map(SourceID.init(stored:))
        eventID = row.textIfPresent(.eventID)
        sku = row.textIfPresent(.sku).map(SKU.init(stored:))
        codeSystem = row.textIfPresent(.codeSystem).map(CodeSystem.init(stored:))
        code = row.textIfPresent(.code).map(Code.init(stored:))
        location = row.textIfPresent(.location).map(LocationID.init(stored:))
        problem = row.textIfPresent(.problem)
        pointer = row.textIfPresent(.pointer)
        raw = row.textIfPresent(.raw)
        units = row.int8IfPresent(.units)
        sequence = row.int8IfPresent(.sequence)
        count = row.byteaIfPresent(.count).flatMap(CountID.init)
        decision = row.byteaIfPresent(.decision).flatMap { Digest($0) }
    }
}
