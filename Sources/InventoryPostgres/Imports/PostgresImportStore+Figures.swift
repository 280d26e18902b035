import Inventory
package import InventoryService
import LibPQ

/// Book figures of a file, kept until all of them are there.
extension PostgresImportStore {
    package func stage(
        _ figures: [StagedFigure], of id: ImportID
    ) async throws(StoreError) -> [FigureProblem?] {
        try await change.performRepeating(timeout: Self.listTimeout) { session throws(PQError) in
            let rows = try session.query(.importFiguresStage) {
                $0.text(id.text)
                $0.int8s(figures) { $0.line }
                $0.texts(figures) { $0.figure.source.text }
                $0.timestamptzs(figures) { $0.figure.asOf.microseconds }
                $0.texts(figures) { if case .sku(let sku) = $0.figure.item { sku.text } else { nil } }
                $0.texts(figures) { if case .code(let system, _) = $0.figure.item { system?.text } else { nil } }
                $0.texts(figures) { if case .code(_, let code) = $0.figure.item { code.text } else { nil } }
                $0.texts(figures) { $0.figure.location.id?.text }
                $0.texts(figures) { $0.figure.location.codeSystem?.text }
                $0.texts(figures) { if case .code(_, let code) = $0.figure.location { code.text } else { nil } }
                $0.int8s(figures) { $0.figure.quantity }
                $0.texts(figures) { $0.raw }
            }
            return rows.map { row in row.only.textIfPresent.flatMap(FigureProblem.init) }
        }
    }

    package func heap(of id: ImportID, limit: Int) async throws(StoreError) -> FigureHeap? {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) -> FigureHeap? in
            guard let place = try session.query(.importFiguresPlace, { $0.text(id.text) }).first else { return nil }
            var cursor = RowCursor(place)
            let source = SourceID(stored: cursor.text())
            let asOf = cursor.requiredTimestamp()
            let number = cursor.int4()
            let location = LocationID(stored: cursor.text())
            let rows = try session.query(.importFiguresSum) {
                $0.text(id.text)
                $0.text(source.text)
                $0.timestamptz(asOf.microseconds)
                $0.int4(number)
                $0.int8(Int64(limit + 1))
            }
            var sums: [FigureSum] = []
            var lastItem: Int64 = 0
            for row in rows.prefix(limit) {
                var row = RowCursor(row)
                lastItem = row.int8()
                sums.append(
                    FigureSum(
                        sku: SKU(stored: row.text()), units: row.int8IfPresent(), rows: Int(row.int8()),
                        line: row.int8(), raw: row.text()))
            }
            return FigureHeap(
                place: FigurePlace(source: source, location: location, asOf: asOf), sums: sums,
                hasMore: rows.count > limit, key: .init(location: number, lastItem: lastItem))
        }
    }
}

extension ParameterWriter {
    mutating func figures(_ heap: FigureHeap, of id: ImportID) {
        text(id.text)
        text(heap.place.source.text)
        timestamptz(heap.place.asOf.microseconds)
        int4(heap.key.location)
        int8(heap.key.lastItem)
    }
}

extension Statement {
    /// One row for each, in their order: what is wrong with it, as `FigureProblem` has it.
    fileprivate static let importFiguresStage = Statement(
        "import_figures_stage",
        [
            .text, .int8Array, .textArray, .timestamptzArray, .textArray, .textArray, .textArray, .textArray,
            .textArray,
            .textArray, .int8Array, .textArray,
        ],
        sql: """
            with named as materialized (
                select n.*, found.item_id, found.units_per_code, coalesce(found.is_kit, false) as is_kit, place.location_id
                from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) with ordinality as n(
                    line, source, as_of, sku, code_system, code, location, location_system, location_code, quantity, raw, ord)
                left join source s on s.id = n.source
                left join lateral (
                    select i.item_id, 1::int8 as units_per_code, i.rules & \(ItemRules.kit) <> 0 as is_kit
                    from item i where n.code is null and i.sku = n.sku
                    union all
                    select a.item_id, a.units_per_code, i.rules & \(ItemRules.kit) <> 0
                    from alias a join item i on i.item_id = a.item_id
                    where n.code is not null and a.code_system = coalesce(n.code_system, s.code_system)
                      and a.code = canonical_code(a.code_system, n.code)
                ) found on true
                left join lateral (
                    select p.location_id from location p
                    where n.location_code is null and p.id = n.location and p.deleted_at is null
                    union all
                    select a.location_id from location_alias a
                    where n.location_code is not null and a.code_system = coalesce(n.location_system, s.code_system)
                      and a.code = canonical_code(a.code_system, n.location_code)
                ) place on true
            ), staged as (
                insert into import_figure (import_id, line, source, as_of, location_id, item_id, units, raw)
                select $1, line, source, as_of, location_id, item_id, quantity * units_per_code, raw from named
                where item_id is not null and not is_kit and location_id is not null
                on conflict do nothing
            )
            select case
                when location_id is null and location_code is not null then 'unknownLocationCode'
                when location_id is null then 'unknownLocation'
                when item_id is null and code is not null then 'unknownCode'
                when item_id is null then 'unknownSku'
                when is_kit then 'kit'
            end
            from named order by ord
            """)

    fileprivate static let importFiguresPlace = Statement(
        "import_figures_place", [.text],
        sql: """
            select f.source, f.as_of, f.location_id, l.id
            from import_figure f join location l using (location_id)
            where f.import_id = $1 order by f.source, f.as_of, f.location_id limit 1
            """)

    fileprivate static let importFiguresSum = Statement(
        "import_figures_sum", [.text, .text, .timestamptz, .int4, .int8],
        sql: """
            select item_id, i.sku, case when abs(n.units) <= \(Figures.unitsMax) then n.units::int8 end, n.rows, n.line,
                   (select first.raw from import_figure first where first.import_id = $1 and first.line = n.line)
            from (
                select item_id, sum(units) as units, count(*) as rows, min(line) as line
                from import_figure
                where import_id = $1 and source = $2 and as_of = $3 and location_id = $4
                group by item_id order by item_id limit $5
            ) n
            join item i using (item_id)
            order by item_id
            """)

    static let importFiguresForget = Statement(
        "import_figures_forget", [.text, .text, .timestamptz, .int4, .int8],
        sql: """
            delete from import_figure
            where import_id = $1 and source = $2 and as_of = $3 and location_id = $4 and item_id <= $5
            """)

    /// What an import that has ended has left.
    static let importFiguresLeft = Statement(
        "import_figures_left",
        sql: """
            delete from import_figure f using import i
            where i.id = f.import_id and i.state in ('done', 'failed', 'cancelled')
            """)
}
