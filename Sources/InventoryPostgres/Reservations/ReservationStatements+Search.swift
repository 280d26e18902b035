import Inventory
import InventoryService
package import LibPQ

/// How a list of reservations is found: what it asks for says by which index, and so which statement it is. A plan that
/// must do for any values cannot tell that only open reservations are asked for, so that is a constant of the statement:
/// a list of open ones reads no closed one, however many there are.
package struct ReservationSearch: Sendable, Hashable {
    package enum Path: Sendable, Hashable, CaseIterable {
        case pickupCode, reference, owner, atRisk, location, client, everything
    }

    package let path: Path
    /// Whether only open ones can match.
    package let isOpen: Bool

    init(_ filter: ReservationFilter) {
        path =
            if filter.pickupCode != nil {
                .pickupCode
            } else if filter.reference != nil {
                .reference
            } else if filter.atRisk == true {
                .atRisk
            } else if filter.owner != nil {
                .owner
            } else if filter.location != nil {
                .location
            } else if filter.client != nil {
                .client
            } else {
                .everything
            }
        let isStateOpen = filter.states?.all.allSatisfy(\.isOpen) ?? false
        isOpen = isStateOpen || filter.overdue == true || path == .pickupCode || path == .atRisk
    }

    private init(_ path: Path, isOpen: Bool) {
        self.path = path
        self.isOpen = isOpen
    }

    /// All that there are.
    package static let all: [ReservationSearch] = Path.allCases.flatMap { path in
        switch path {
        case .pickupCode, .atRisk: [ReservationSearch(path, isOpen: true)]
        case .reference, .owner, .location, .client, .everything:
            [false, true].map { ReservationSearch(path, isOpen: $0) }
        }
    }

    package var list: Statement { Self.statements[self, default: Self.make(self)].list }
    package var count: Statement { Self.statements[self, default: Self.make(self)].count }

    private static let statements = Dictionary(uniqueKeysWithValues: all.map { ($0, make($0)) })

    private static let filterTypes: [PQType] = [
        .text, .textArray, .text, .text, .text, .text, .bool, .timestamptz, .bool, .text, .textArray, .bool, .text,
    ]

    /// Where a reservation stands now: a hold whose time ran out is over, but for what was confirmed of it.
    private static let stateNow = """
        case when r.state <> 'held' or r.expires_at > transaction_timestamp() then r.state
             else coalesce((
                 select case min(case a.state when 4 then 1 when 2 then 2 when 3 then 3 end)
                            when 1 then 'notFound' when 2 then 'confirmed' when 3 then 'ready' end
                 from allocation a
                 where a.reservation_id = r.reservation_id and a.open_units > 0 and a.state in (2, 3, 4)), 'expired')
        end
        """

    /// Reservations with a promise that has no cover: only at balances of which that was noted.
    private static let uncovered = """
        select p.reservation_id
        from pending_alarm w
        join balance b using (item_id, location_id)
        cross join lateral (
            select a.reservation_id, sum(a.open_units) over (order by \(Statement.coverOrder)) as ahead
            from allocation a
            where a.item_id = w.item_id and a.location_id = w.location_id and \(Statement.isOpenNow("a"))
        ) p
        where w.type = '\(PendingAlarmType.uncoveredSale.rawValue)' and p.ahead > greatest(b.on_hand, 0)
        """

    private static let isSplitOver = """
        exists (
            select from allocation a join location l using (location_id)
            where a.reservation_id = r.reservation_id and l.id = $1)
        """

    /// As `Reservation.places` has it: where it stands or was handed over, and not where it went from.
    private static let isSplitWithin = """
        coalesce((
            select bool_and(l.id = any($11)) from allocation a join location l using (location_id)
            where a.reservation_id = r.reservation_id and a.state not in (\(givenBack))), r.location = any($11))
        """
    private static let givenBack = [AllocationState.released, .expired].map { "\($0.rawValue)" }.joined(separator: ", ")

    /// All of it by the method, or some lines: what is to be fetched has a code, and what ships a shipment.
    private static let hasMethod = """
        r.method = $6 or case $6 when 'pickup' then r.pickup_code is not null
                                 when 'ship' then exists (
                                     select from shipment s where s.reservation_id = r.reservation_id) end
        """

    private static let matches = """
        ($1::text is null or r.location = $1 or (r.is_split and \(isSplitOver)))
        and ($3::text is null or r.owner = $3) and ($4::text is null or r.reference = $4)
        and ($5::text is null or (r.is_open and r.pickup_code = $5)) and ($6::text is null or \(hasMethod))
        and ($2::text[] is null or n.state = any ($2))
        and r.due_at < coalesce($8, 'infinity')
        and ($9::bool is null
             or (r.due_at < transaction_timestamp() and n.state in ('held', 'notFound', 'confirmed')) = $9)
        and ($10::text is null or r.client = $10)
        and ($11::text[] is null or case when r.is_split then \(isSplitWithin) else r.location = any($11) end)
        and ($12::bool is null or (r.arrived_at is not null) = $12)
        and ($13::text is null or (r.claimed_by = $13 and r.claimed_until > transaction_timestamp()))
        """

    private static func make(_ search: ReservationSearch) -> (list: Statement, count: Statement) {
        let name = "\(search.path)\(search.isOpen ? "_open" : "")"
        let open = search.isOpen ? "r.is_open and" : ""
        // Who is at risk is looked for once, or not at all.
        let (from, isAtRisk) =
            search.path == .atRisk
            ? (
                """
                (select distinct reservation_id from (\(uncovered)) u) u
                cross join lateral (select * from reservation r where r.reservation_id = u.reservation_id offset 0) r
                """, ""
            ) : ("reservation r", "and ($7::bool is null or (r.reservation_id in (\(uncovered))) = $7)")
        func found(_ condition: String) -> String {
            """
            select r.reservation_id, r.due_at
            from \(from)
            cross join lateral (select \(stateNow) as state) n
            where \(open) \(condition) \(matches) \(isAtRisk)
            """
        }
        let parts: [String] =
            switch search.path {
            case .pickupCode: [found("r.is_open and r.pickup_code = $5 and")]
            case .reference: [found("r.reference = $4 and")]
            case .owner: [found("r.owner = $3 and")]
            case .client: [found("r.client = $10 and")]
            case .atRisk, .everything: [found("")]
            case .location:
                [found("r.location = $1 and"), found("r.is_split and r.location <> $1 and \(isSplitOver) and")]
            }
        let pages = parts.map { part in
            """
            (
                \(part)
                  and (r.due_at, r.reservation_id) > (coalesce($14, '-infinity'), coalesce($15, ''))
                order by r.due_at, r.reservation_id limit $16
            )
            """
        }
        return (
            Statement(
                "reservation_list_\(name)", filterTypes + [.timestamptz, .bytea, .int8],
                sql: """
                    select r.reservation_id
                    from (\(pages.joined(separator: " union all "))) r
                    order by r.due_at, r.reservation_id limit $16
                    """),
            Statement(
                "reservation_count_\(name)", filterTypes,
                sql: "select count(*) from (\(parts.joined(separator: " union all "))) r")
        )
    }
}
