import InventoryPostgres
import LibPQ
import Logging
import TestSupport
import Testing

/// Lists of open reservations read open ones: ten years of closed orders must not slow the pick list of this morning.
@Suite struct OpenListPlanTests {
    /// One in a hundred is open, one in fifty is split over locations.
    private static let filling = """
        insert into item (sku, name, unit, status) values ('A', 'Item', 'each', 'active');
        insert into location (id, name, kind, status, mode, can_pickup, can_ship, time_zone)
            select 'L' || n, 'Store', 'store', 'active', 'live', true, true, 'UTC' from generate_series(1, 50) n;
        insert into reservation (
                reservation_id, version, created_at, due_at, renewals, allocations_made, is_open, is_split, state, method,
                location, owner, client, reference, pickup_code, lines)
            select decode(lpad(to_hex(n), 32, '0'), 'hex'), 1, now(), now() + make_interval(secs => n), 0, 1, n % 100 = 0,
                   n % 50 = 0, case n % 100 when 0 then 'confirmed' else 'fulfilled' end, 'pickup', 'L' || n % 50 + 1,
                   'o' || n % 20, 'p' || n % 20, 'r' || n, 'c' || n, ''
            from generate_series(1, 30000) n;
        insert into allocation (
                item_id, location_id, reservation_id, number, line, quantity, open_units, released,
                fulfilled_by_request, fulfilled_by_sale, restock_pending, created_at, state, cover_rank)
            select 1, n % 50 + 1, decode(lpad(to_hex(n), 32, '0'), 'hex'), 1, 0, 1,
                   case n % 100 when 0 then 1 else 0 end, 0, 0, 0, 0, now(), 2, 1
            from generate_series(1, 30000) n;
        \(analyzeOwnTables)
        """

    private static func indexes(_ path: ReservationSearch.Path) -> Set<String> {
        switch path {
        case .pickupCode: ["reservation_pickup_code"]
        case .reference: ["reservation_reference"]
        case .owner: ["reservation_open_owner"]
        case .atRisk: ["reservation_pkey"]
        case .location: ["reservation_open", "reservation_open_split"]
        case .client: ["reservation_open_client"]
        case .everything: ["reservation_open_due"]
        }
    }

    private static let values: [PQType: String] = [
        .text: "null", .bool: "null", .timestamptz: "null", .bytea: "null", .int8: "51", .textArray: "null",
    ]

    private static let open = "array['held', 'notFound', 'confirmed', 'ready']"

    /// What is asked for, by the number of its parameter.
    private static func asked(_ path: ReservationSearch.Path) -> [Int: String] {
        switch path {
        case .pickupCode: [5: "'c100'"]
        case .reference: [4: "'r100'"]
        case .owner: [3: "'o0'", 2: open]
        case .atRisk: [7: "true"]
        case .location: [1: "'L1'", 2: open]
        case .client: [10: "'p0'", 2: open]
        case .everything: [2: open]
        }
    }

    @Test(arguments: ["force_custom_plan", "force_generic_plan"])
    func `a list of open reservations goes by an index of open ones`(plans: String) async throws {
        try await withDatabase { database in
            let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let settings = try ConnectionSettings(url: database.url, session: ["plan_cache_mode": plans, "jit": "off"])
            let pool = ConnectionPool(settings, size: 1, jobsMax: 1, logger: quiet)
            try await pool.run(timeout: .seconds(60)) { session throws(PQError) in
                try session.script(Self.filling, name: "filling")
            }
            for search in ReservationSearch.all where search.isOpen {
                for statement in [search.list, search.count] {
                    let plan = try await pool.run(timeout: .seconds(10)) { session throws(PQError) in
                        try Self.plan(statement, search.path, on: session)
                    }
                    let text = plan.joined(separator: "\n")
                    let used = Set(
                        plan.compactMap { $0.firstMatch(of: /(?:using|on) (reservation\w*)/).map { String($0.1) } }
                    )
                    .subtracting(["reservation"])
                    #expect(used == Self.indexes(search.path), "\(statement.name), \(plans):\n\(text)")
                    #expect(!text.contains("Seq Scan on reservation"), "\(statement.name), \(plans):\n\(text)")
                }
            }
            await pool.shutdown()
        }
    }

    private static func plan(
        _ statement: Statement, _ path: ReservationSearch.Path, on session: Session
    ) throws(PQError) -> [String] {
        let types = statement.parameters.map { $0 == .textArray ? "text[]" : "\($0)" }.joined(separator: ", ")
        let given = asked(path)
        let values = statement.parameters.enumerated().map { given[$0 + 1] ?? Self.values[$1, default: "null"] }
            .joined(separator: ", ")
        try session.script("prepare p (\(types)) as \(statement.sql)", name: statement.name)
        let lines = try session.query(
            Statement("explain_\(statement.name)", sql: "explain (costs off) execute p (\(values))")
        ).map { $0.text(0) }
        try session.script("deallocate p", name: "deallocate")
        return lines
    }
}
