import Inventory
import LibPQ

/// How reconciliations are stored, compared and finished.
extension Statement {
    /// The location of a complete one.
    static let reconciliationPlace = Statement(
        "reconciliation_place", [.text],
        sql: "select location_id from location where id = $1 and deleted_at is null")

    static let reconciliationAppend = Statement(
        "reconciliation_append", [.bytea, .int4, .text, .bytea, .timestamptz, .bool, .int4, .bool],
        sql: """
            insert into reconciliation (
                reconciliation_id, source_id, event_id, fingerprint, as_of, is_complete, in_flight_seconds, corrects,
                status, is_authoritative)
            select $1, $2, $3, $4, $5, $6, $7, $8, 'comparing', s.authority = 'authoritative'
            from source s where s.source_id = $2
            on conflict do nothing
            """)

    /// One line for each item at a location, whatever codes it was sent by: shelves, or cases and singles, add up. What
    /// names no balance is a line of its own.
    static let reconciliationLinesAppend = Statement(
        "reconciliation_lines_append",
        [.bytea, .int4, .textArray, .textArray, .textArray, .textArray, .textArray, .textArray, .int8Array],
        sql: """
            with named as materialized (
                select n.ord::int4 - 1 as line, n.sku, system.code_system, n.code, coalesce(l.id, n.location, n.location_code) as location,
                       n.location_code, n.quantity, found.item_id, found.units_per_code,
                       coalesce(found.is_kit, false) as is_kit, l.location_id
                from unnest($3, $4, $5, $6, $7, $8, $9) with ordinality as n(
                    sku, code_system, code, location, location_system, location_code, quantity, ord)
                cross join source s
                cross join lateral (
                    select case when n.code is not null then coalesce(n.code_system, s.code_system) end as code_system
                ) system
                left join lateral (
                    select i.item_id, 1::int8 as units_per_code, i.rules & \(ItemRules.kit) <> 0 as is_kit
                    from item i where n.code is null and i.sku = n.sku
                    union all
                    select a.item_id, a.units_per_code, i.rules & \(ItemRules.kit) <> 0
                    from alias a join item i on i.item_id = a.item_id
                    where n.code is not null and a.code_system = system.code_system
                      and a.code = canonical_code(system.code_system, n.code)
                ) found on true
                left join lateral (
                    select p.location_id, p.id from location p where p.id = n.location and p.deleted_at is null
                    union all
                    select p.location_id, p.id
                    from location_alias a join location p using (location_id)
                    where n.location_code is not null and a.code_system = coalesce(n.location_system, s.code_system)
                      and a.code = canonical_code(a.code_system, n.location_code)
                ) l on true
                where s.source_id = $2
            ),
            summed as (
                select min(line) as line, location_id, item_id, sum(quantity * units_per_code) as theirs,
                       (array_agg(quantity order by line))[1] as quantity, (array_agg(sku order by line))[1] as sku,
                       (array_agg(code_system order by line))[1] as code_system,
                       (array_agg(code order by line))[1] as code, min(location) as location
                from named
                where item_id is not null and not is_kit and location_id is not null
                group by item_id, location_id
            )
            insert into reconciliation_line (
                reconciliation_id, line, location_id, item_id, theirs, status, sku, code_system, code, location, problem)
            select $1, line, location_id, item_id, theirs::int8, 'waiting', null, null, null, null, null
            from summed where abs(theirs) <= \(Figures.unitsMax)
            union all
            select $1, line, null, null, quantity, 'unknown', sku, code_system, code, location,
                   'the figures for this item and location add up to more than can be'
            from summed where abs(theirs) > \(Figures.unitsMax)
            union all
            select $1, line, null, null, quantity, 'unknown', sku, code_system, code, location,
                   case when location_id is null and location_code is not null then format(
                            'code ''%s'' is not mapped to a location; add a location alias', location_code)
                        when location_id is null then format('no location ''%s'' is known; create it', location)
                        when is_kit then format(
                            '''%s'' is a kit, which has no stock of its own; send its components', coalesce(sku, code))
                        when code is null then format('no item ''%s'' is known; create it', sku)
                        when code_system is null then format(
                            'the code system of code ''%s'' is not known; name it, or set it for the source', code)
                        else format(
                            'code ''%s'' of code system ''%s'' is not mapped to an item; add an alias', code, code_system)
                   end
            from named
            where item_id is null or is_kit or location_id is null
            """)

    /// What a complete one does not list was 0. Where people were told of a variance of this source, or will be, there need
    /// not be a balance: it agrees now, and the exception closes.
    static let reconciliationUnlistedAppend = Statement(
        "reconciliation_unlisted_append", [.bytea, .int4, .int4],
        sql: """
            insert into reconciliation_line (reconciliation_id, line, location_id, item_id, theirs, status)
            select $1, $3 - 1 + row_number() over (order by item_id), $2, item_id, 0, 'waiting'
            from (
                (select b.item_id from balance b join item i using (item_id)
                 where b.location_id = $2 and b.version > 0 and i.rules & \(ItemRules.kit) = 0
                 union
                 select i.item_id
                 from exception e
                 join location p on p.id = e.location
                 join item i on i.sku = e.sku
                 where e.type = '\(ExceptionType.reconciliationVariance.rawValue)' and e.status <> 'resolved'
                   and p.location_id = $2
                   and e.source_id = (select r.source_id from reconciliation r where r.reconciliation_id = $1)
                 union
                 select w.item_id
                 from reconciliation_line w
                 join reconciliation o using (reconciliation_id)
                 where w.is_awaiting and w.location_id = $2
                   and o.source_id = (select r.source_id from reconciliation r where r.reconciliation_id = $1))
                except
                select item_id from reconciliation_line where reconciliation_id = $1 and location_id = $2
            ) unlisted
            """)

    static let reconciliationPlacesAppend = Statement(
        "reconciliation_places_append", [.bytea],
        sql: """
            insert into reconciliation_place (location_id, as_of, reconciliation_id)
            select distinct l.location_id, r.as_of, r.reconciliation_id
            from reconciliation r join reconciliation_line l using (reconciliation_id)
            where r.reconciliation_id = $1 and l.location_id is not null
            """)

    /// What the ledger knows of each balance: one statement, so that the figure, its version and what explains it are of one
    /// snapshot.
    /// Only where the figures differ is anything looked for. A fact and the correction of the count that knew better are
    /// one change, of nothing where both are until the instant; what people corrected was never on its way. Sources of the
    /// location that were not heard through the instant are named, a few of them, until the wait for them is over.
    static let reconciliationCompare = Statement(
        "reconciliation_compare",
        [.bytea, .int4, .int8, .timestamptz, .timestamptz, .timestamptz, .text, .float8],
        sql: """
            with asked as materialized (
                select * from reconciliation_line
                where reconciliation_id = $1 and line > $2 and status = 'waiting' order by line limit $3
            ),
            awaited as materialized (
                select l.location_id, (
                    select string_agg(quote_literal(u.id), ', ')
                    from (
                        \(sourcesUnheard(through: "$4", except: "(select s.source_id from source s where s.id = $7)"))
                        order by s.id limit \(awaitedMax)
                    ) u
                ) as sources
                from location l
                where l.location_id in (select location_id from asked)
                  and $4 > clock_timestamp() - make_interval(secs => $8)
            ),
            occurred as materialized (
                select u.*
                from units_occurred(
                    array(select item_id from asked order by line), array(select location_id from asked order by line),
                    array(select $4::timestamptz from asked)) u
            ),
            later as materialized (
                \(laterFigures(atLocationsOf: "asked")) and r.corrects and r.is_authoritative
            )
            select \(WaitingPairColumn.selectList)
            from asked l
            join occurred u on u.item_id = l.item_id and u.location_id = l.location_id
            left join balance b on b.item_id = l.item_id and b.location_id = l.location_id
            left join awaited on awaited.location_id = l.location_id
            left join lateral (
                select r.* from reconciliation_rule r
                where (r.location_id is null or r.location_id = l.location_id)
                  and (r.source_id is null or r.source_id = (select s.source_id from source s where s.id = $7))
                order by r.location_id is null, r.source_id is null limit 1
            ) rule on true
            left join lateral (
                select array_agg(c.units) as units,
                       array_agg((extract(epoch from c.occurred_at) * 1000000)::int8) as occurred,
                       array_agg((extract(epoch from c.recorded_at) * 1000000)::int8) as recorded
                from (
                    select sum(case when m.bucket = 1 then m.units else -m.units end)::int8 as units,
                           max(m.occurred_at) as occurred_at, max(m.recorded_at) as recorded_at
                    from (
                        select * from movement m
                        where m.item_id = l.item_id and m.location_id = l.location_id
                          and m.recorded_at >= $5 - interval '5 minutes' and m.recorded_at <= $6 + interval '1 day'
                          and (m.occurred_at > $5 and m.occurred_at <= $6 or m.occurred_at <= $4 and m.recorded_at > $4)
                        union all
                        select * from movement m
                        where m.item_id = l.item_id and m.location_id = l.location_id
                          and m.recorded_at > $6 + interval '1 day' and m.occurred_at <= $6
                          and m.recorded_at - m.occurred_at > interval '1 day'
                    ) m
                    where (m.bucket = 1 or m.counter_account = 1)
                      and not (m.kind = \(FactKind.adjustment.rawValue) and m.source_id = \(SourceNumber.holdfast.rawValue))
                    group by m.event_id, m.sequence >> 16, m.occurred_at <= $4
                    having sum(case when m.bucket = 1 then m.units else -m.units end) <> 0
                       and bool_or(m.kind <> \(FactKind.variance.rawValue))
                    order by abs(extract(epoch from max(m.occurred_at) - $4))
                    limit \(changesMax)
                ) c
                where $5 < $4 and u.on_hand <> l.theirs
            ) flight on true
            order by l.line
            """)

    /// Changes of one balance that may explain a difference, nearest to the instant first.
    private static let changesMax = 200

    /// Sources that are named where data is awaited.
    private static let awaitedMax = 3

    /// Of location `l`: sources whose data of until an instant may still be on its way. Not the one that is asked of.
    static func sourcesUnheard(through instant: String, except source: String) -> String {
        """
        select s.source_id, s.id from (\(sourcesOfLocation)) s
        where s.source_id <> \(source) and (s.heard_through is null or s.heard_through < \(instant))
        """
    }

    static let reconciliationCompared = Statement(
        "reconciliation_compared",
        [.bytea] + .init(of: ComparedPairColumn.allCases),
        sql: """
            with compared as (
                update reconciliation_line l
                set \(ComparedPairColumn.assignments)
                from unnest(\(ComparedPairColumn.allCases.parameterList(from: 2))) as n(
                    \(ComparedPairColumn.allCases.nameList))
                where l.reconciliation_id = $1 and l.line = n.line and l.status = 'waiting'
                returning l.reconciliation_id
            ),
            touched as (select distinct reconciliation_id from compared),
            \(ChangeLog.logged(.init(.reconciliation, of: "touched", key: idText)))
            select
            """)

    /// A reconciliation's id as clients know it.
    private static let idText = "encode(reconciliation_id, 'hex')"

    /// A variance of line `l` that is to be corrected, and nobody has yet.
    private static let isDue = "l.status = 'variance' and l.is_to_correct"

    static let reconciliationDue = Statement(
        "reconciliation_due", [.bytea, .int4, .int8],
        sql: """
            select \(DueCorrectionColumn.selectList)
            from reconciliation_line l
            join item i using (item_id)
            join location p on p.location_id = l.location_id
            where l.reconciliation_id = $1 and l.line > $2 and \(isDue)
            order by l.line limit $3
            """)

    static let reconciliationCorrected = Statement(
        "reconciliation_corrected", [.bytea, .int4Array, .int8Array, .int8Array, .textArray],
        sql: """
            with corrected as (
                update reconciliation_line l
                set sequence = n.sequence, problem = n.problem, is_to_correct = n.sequence is not null,
                    status = case when n.sequence is null then 'variance' else 'corrected' end
                from unnest($2, $3, $4, $5) as n(line, version, sequence, problem)
                where l.reconciliation_id = $1 and l.line = n.line and l.version = n.version
                  and \(isDue)
                returning l.reconciliation_id
            ),
            touched as (select distinct reconciliation_id from corrected),
            \(ChangeLog.logged(.init(.reconciliation, of: "touched", key: idText)))
            select
            """)

    /// Sends lines back to be compared whose balance has changed since. Whoever finishes the reconciliation meanwhile waits for this,
    /// and sees that lines wait.
    static let reconciliationCompareAgain = Statement(
        "reconciliation_compare_again", [.bytea, .int4Array, .int8Array, .int4, .text],
        sql: """
            with unfinished as materialized (
                select from reconciliation where reconciliation_id = $1 and status = 'comparing' for share
            ),
            again as (
                update reconciliation_line l
                set comparisons = l.comparisons + 1, is_to_correct = false,
                    status = case when l.comparisons + 1 < $4 then 'waiting' else 'variance' end,
                    problem = case when l.comparisons + 1 < $4 then null else $5 end
                from unfinished, unnest($2, $3) as n(line, version)
                where l.reconciliation_id = $1 and l.line = n.line and l.version = n.version
                  and \(isDue)
                returning l.reconciliation_id
            ),
            touched as (select distinct reconciliation_id from again),
            \(ChangeLog.logged(.init(.reconciliation, of: "touched", key: idText)))
            select
            """)

    static let reconciliationLock = Statement(
        "reconciliation_lock", [.bytea],
        sql: "select from reconciliation where reconciliation_id = $1 and status = 'comparing' for update")

    static let reconciliationWaits = Statement(
        "reconciliation_waits", [.bytea],
        sql: """
            select from reconciliation_line l
            where l.reconciliation_id = $1 and (l.status = 'waiting' or \(isDue)) limit 1
            """)

    static let reconciliationFinish = Statement(
        "reconciliation_finish", [.bytea],
        sql: """
            update reconciliation r
            set status = 'done', lines = n.lines, matched = n.matched, within_tolerance = n.within_tolerance,
                explained = n.explained, variance = n.variance, corrected = n.corrected, unknown = n.unknown,
                units_theirs = n.units_theirs, units_ours = n.units_ours, absolute_variance = n.absolute_variance
            from (
                select count(*) as lines,
                       count(*) filter (where status = 'matched') as matched,
                       count(*) filter (where status = 'withinTolerance') as within_tolerance,
                       count(*) filter (where status = 'explained') as explained,
                       count(*) filter (where status = 'variance') as variance,
                       count(*) filter (where status = 'corrected') as corrected,
                       count(*) filter (where status = 'unknown') as unknown,
                       \(UnitSum.of("theirs", where: "status <> 'unknown'")) as units_theirs,
                       \(UnitSum.of("ours")) as units_ours,
                       \(UnitSum.of(
                           "abs(theirs - ours)", where: "status in ('variance', 'corrected')")) as absolute_variance
                from reconciliation_line where reconciliation_id = $1
            ) n
            where r.reconciliation_id = $1
            """)

    static let reconciliationPlacesFinish = Statement(
        "reconciliation_places_finish", [.bytea],
        sql: """
            update reconciliation_place p
            set matched = n.matched, explained = n.explained, discrepant = n.discrepant, units_off = n.units_off
            from (
                select r.as_of, l.location_id,
                       count(*) filter (where l.status in ('matched', 'withinTolerance')) as matched,
                       count(*) filter (where l.status = 'explained') as explained,
                       count(*) filter (where l.status in ('variance', 'corrected')) as discrepant,
                       \(UnitSum.of(
                           "abs(l.theirs - l.ours)", where: "l.status in ('variance', 'corrected')")) as units_off
                from reconciliation r join reconciliation_line l using (reconciliation_id)
                where r.reconciliation_id = $1 and l.location_id is not null
                group by r.as_of, l.location_id
            ) n
            where p.location_id = n.location_id and p.as_of = n.as_of and p.reconciliation_id = $1
            """)
}
