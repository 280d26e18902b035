import Inventory

/// Where things with names are put: for good, or only to see what would come of it.
struct ImportTrial: Sendable {
    let master: CatalogService
    let rules: any StockRuleWriter
    let supply: any SupplyWriter
}

/// Things with names in a dry run: put as they would be, each by itself, and taken back.
extension ImportBatch {
    var master: CatalogService { trial?.master ?? targets.master }
    var rules: any StockRuleWriter { trial?.rules ?? targets.rules }
    var supply: any SupplyWriter { trial?.supply ?? targets.supply }

    func look(
        at records: MasterRecords, by actor: ActorName?, _ outcome: inout Outcome
    ) async throws(StoreError) {
        // What names nothing else can be stored whatever there is.
        for (record, _) in records.items { outcome.add(.sound, record) }
        for (record, location) in records.locations { try await keep(location, record, as: .sound, &outcome) }
        try await look(at: records.aliases, &outcome)
        guard !records.single.isEmpty else { return }
        var trying = self
        trying.trial = ImportTrial(master: targets.master.trying(store.trial), rules: store.trial, supply: store.trial)
        for record in records.single {
            if case .transfer(let transfer) = record.content {
                try await look(at: transfer, record, &outcome)
                continue
            }
            var tried = Outcome()
            try await trying.put(record, by: actor, &tried)
            outcome.add(tried.asSound(of: record))
        }
    }

    private func look(
        at aliases: [(record: ImportRecord, alias: Alias)], _ outcome: inout Outcome
    ) async throws(StoreError) {
        let names = aliases.map { FileNames(source: nil, item: .sku($0.alias.sku), place: nil) }
        for ((record, _), things) in zip(aliases, try await store.allThings(named: names)) {
            if things.sku == nil { outcome.addUnknownItem(of: record) } else { outcome.add(.sound, record) }
        }
    }

    /// Whether there is enough to be kept for it is seen when it is made.
    private func look(
        at transfer: NewTransfer, _ record: ImportRecord, _ outcome: inout Outcome
    ) async throws(StoreError) {
        let ends = [("/from", transfer.from), ("/to", Optional(transfer.to))].compactMap { pointer, place in
            place.map { (pointer: pointer, place: $0) }
        }
        let items = transfer.lines.map { FileNames(source: nil, item: $0.item, place: nil) }
        let places = ends.map { FileNames(source: nil, item: nil, place: .id($0.place)) }
        let things = try await store.allThings(named: items + places)
        for (line, thing) in zip(transfer.lines, things) where thing.sku == nil {
            let (field, detail) = line.item.asUnknown
            return outcome.refuse(record, code: "unknownReference", at: "\(line.pointer)/\(field)", detail)
        }
        for (end, thing) in zip(ends, things.dropFirst(items.count)) where thing.location == nil {
            let detail = "no location '\(end.place)' is known"
            return outcome.refuse(record, code: "unknownReference", at: end.pointer, detail)
        }
        outcome.add(.sound, record)
    }
}

extension ItemReference {
    /// Which field names it, and what to say when nothing is known by it.
    fileprivate var asUnknown: (field: String, detail: String) {
        switch self {
        case .sku(let sku): ("sku", "no item has the sku '\(sku)'; create it first")
        case .code(_, let code): ("code", "code '\(code)' is not mapped to an item; add an alias first")
        }
    }
}

extension ImportBatch.Outcome {
    mutating func addUnknownItem(of record: ImportRecord) {
        add(
            .rejected, record, code: "unknownSku",
            record.explain("/sku", "no item has this sku; import the items first"))
    }

    /// What was tried, as what a dry run says of it.
    fileprivate func asSound(of record: ImportRecord) -> ImportBatch.Outcome {
        var outcome = self
        outcome.counts[.sound] += counts[.stored] + counts[.unchanged]
        outcome.counts[.stored] = 0
        outcome.counts[.unchanged] = 0
        outcome.lines = lines.map { line in
            guard line.verdict == .stored || line.verdict == .unchanged else { return line }
            return ImportReportLine(
                line: line.line, eventID: line.eventID, verdict: .sound, code: line.code, detail: line.detail,
                raw: line.raw)
        }
        // The items that a kit is made of may stand in its own file.
        if case .item = record.content, let line = lines.first, line.code == "unknownReference" {
            var outcome = ImportBatch.Outcome()
            let words = "\(line.detail); it is stored if an earlier row of the file creates that item"
            outcome.add(.sound, record, code: "note", (record.notes + [words]).joined(separator: "; "))
            return outcome
        }
        return outcome
    }
}
