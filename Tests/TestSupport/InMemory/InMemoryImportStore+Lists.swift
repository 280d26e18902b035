import Inventory
package import InventoryService

/// Book figures of files, and what people see of imports.
extension InMemoryImportStore {
    package func stage(_ figures: [StagedFigure], of id: ImportID) async throws(StoreError) -> [FigureProblem?] {
        let found = catalog.change { tables, facts in figures.map { tables.staged($0, in: facts.world) } }
        return run { state, _ in
            zip(figures, found).map { figure, found in
                switch found {
                case .failure(let problem): return problem.problem
                case .success(let staged):
                    if state.jobs[id]?.figures[figure.line] == nil { state.jobs[id]?.figures[figure.line] = staged }
                    return nil
                }
            }
        }
    }

    package func heap(of id: ImportID, limit: Int) async throws(StoreError) -> FigureHeap? {
        run { state, _ in
            let figures = state.jobs[id]?.figures ?? [:]
            func order(_ figure: Figure) -> (SourceID, Timestamp, LocationNumber) {
                (figure.place.source, figure.place.asOf, figure.key.location)
            }
            guard let first = figures.values.min(by: { order($0) < order($1) }) else { return nil }
            let byItem = Dictionary(grouping: figures.filter { $0.value.place == first.place }) { $0.value.key.item }
            let sums = byItem.sorted { $0.key < $1.key }.compactMap {
                item, rows -> (item: ItemNumber, sum: FigureSum)? in
                guard let line = rows.min(by: { $0.key < $1.key }) else { return nil }
                let units = rows.reduce(Int64(0)) { $0 + $1.value.units }
                return (
                    item,
                    FigureSum(
                        sku: line.value.sku, units: Int64(units.magnitude) <= Figures.unitsMax ? units : nil,
                        rows: rows.count, line: line.key, raw: line.value.raw)
                )
            }
            return FigureHeap(
                place: first.place, sums: sums.prefix(limit).map(\.sum), hasMore: sums.count > limit,
                key: .init(
                    location: first.key.location.rawValue, lastItem: sums.prefix(limit).last?.item.rawValue ?? 0))
        }
    }

    package func importJob(_ id: ImportID) async throws(StoreError) -> StoredImport? {
        run { state, _ in state.jobs[id]?.stored }
    }

    package func imports(_ page: PageRequest) async throws(StoreError) -> Page<StoredImport> {
        run { state, _ in
            func order(_ stored: StoredImport) -> (Timestamp, String) { (stored.createdAt, stored.id.text) }
            let all = state.jobs.values.map(\.stored).sorted { order($0) > order($1) }
            var rest = all[...]
            if let after = page.after {
                let last = all.firstIndex { $0.id.text == after }
                rest = last.map { all[($0 + 1)...] } ?? []
            }
            return Page(
                elements: Array(rest.prefix(page.limit)), hasMore: rest.count > page.limit,
                total: page.includesTotal ? Int64(all.count) : nil)
        }
    }

    package func report(
        _ id: ImportID, verdict: ImportVerdict?, after line: Int64, limit: Int
    ) async throws(StoreError) -> [ImportReportLine] {
        run { state, _ in
            let lines = (state.jobs[id]?.report.values).map(Array.init) ?? []
            let shown = lines.filter {
                $0.line > line && verdict.map { [verdict = $0.verdict] in $0 == verdict } ?? true
            }
            return Array(shown.sorted { $0.line < $1.line }.prefix(limit))
        }
    }
}

/// `FigureProblem` is no error.
private struct Unstaged: Error { let problem: FigureProblem }

extension InMemoryCatalogStore.Tables {
    fileprivate func staged(
        _ staged: StagedFigure, in world: World
    ) -> Result<InMemoryImportStore.Figure, Unstaged> {
        let figure = staged.figure
        let source = sources[TableKey(figure.source.text)]?.value
        guard let location = location(figure.location, by: source), let place = world.locations[location] else {
            return .failure(
                Unstaged(problem: figure.location.id == nil ? .unknownLocationCode : .unknownLocation))
        }
        guard let (sku, units) = named(figure.item, by: source), let item = world.items[sku] else {
            if case .sku = figure.item { return .failure(Unstaged(problem: .unknownSku)) }
            return .failure(Unstaged(problem: .unknownCode))
        }
        guard items[TableKey(sku.text)]?.value.components.isEmpty ?? true else {
            return .failure(Unstaged(problem: .kit))
        }
        return .success(
            InMemoryImportStore.Figure(
                place: FigurePlace(source: figure.source, location: location, asOf: figure.asOf),
                key: BalanceKey(item: item, location: place), sku: sku, units: figure.quantity * units,
                raw: staged.raw))
    }
}
