import Inventory

/// How things that have names are put.
extension ImportBatch {
    /// Those of a batch, what is put in bulk by its kind.
    struct MasterRecords {
        private(set) var items: [(record: ImportRecord, item: ListedItem)] = []
        private(set) var locations: [(record: ImportRecord, location: Location)] = []
        private(set) var aliases: [(record: ImportRecord, alias: Alias)] = []
        private(set) var single: [ImportRecord] = []

        mutating func add(_ record: ImportRecord) {
            switch record.content {
            case .item(let item, let parts) where parts.isEmpty: items.append((record, item))
            case .location(let location): locations.append((record, location))
            case .alias(let alias): aliases.append((record, alias))
            default: single.append(record)
            }
        }
    }

    func put(
        _ records: MasterRecords, by actor: ActorName?, _ outcome: inout Outcome
    ) async throws(StoreError) {
        try await put(records.items, by: actor, &outcome)
        try await put(records.locations, by: actor, &outcome)
        try await put(records.aliases, by: actor, &outcome)
        for record in records.single { try await put(record, by: actor, &outcome) }
    }

    func put(
        _ record: ImportRecord, by actor: ActorName?, _ outcome: inout Outcome
    ) async throws(StoreError) {
        switch record.content {
        case .item(let item, let parts):
            outcome.add(try await put(item, parts, by: actor), record)
        case .locationAlias(let alias): outcome.add(try await master.put(alias, .none, by: actor), record)
        case .locationGroup(let group): outcome.add(try await put(group, naming: record.named, by: actor), record)
        case .source(let source): outcome.add(try await put(source, naming: record.named, by: actor), record)
        case .stockRule(let rule, let item):
            outcome.add(try await rules.putRule(rule, about: item, .none, by: actor), record)
        case .supply(let supply, let item):
            outcome.add(try await self.supply.putSupply(supply, of: item, .none, by: actor), record)
        case .transfer(let transfer): try await create(transfer, record, by: actor, &outcome)
        default: preconditionFailure("facts, figures and what is left out are none of these")
        }
    }

    /// Of a kit too, what a file has no column for stays as it is.
    private func put(
        _ listed: ListedItem, _ parts: [KitPart], by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Item>> {
        try await Self.unlessChanged { () throws(StoreError) in
            var item = listed.item
            let known = try await master.item(item.sku)
            if let known = known?.value {
                if !listed.namesUnit { item.unit = known.unit }
                if !listed.namesStatus { item.status = known.status }
                if item.family == nil { item.family = known.family }
                if item.attributes.isEmpty { item.attributes = known.attributes }
            }
            return try await master.put(item, parts: parts, .asRead(known?.version), by: actor)
        }
    }

    /// Puts what was made of what is there, and makes it anew where that has changed meanwhile.
    private static func unlessChanged<Value>(
        _ put: () async throws(StoreError) -> MasterResult<Stored<Value>>
    ) async throws(StoreError) -> MasterResult<Stored<Value>> {
        for _ in 1..<attemptsMax {
            let result = try await put()
            guard case .failure(.preconditionFailed) = result else { return result }
        }
        return try await put()
    }

    /// As often is one record put while others change the same thing.
    private static let attemptsMax = 5

    /// What the file does not name stays as it is: one of a group's stores says nothing of its channel.
    private func put(
        _ group: LocationGroup, naming named: Set<String>, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<LocationGroup>> {
        if named.isSuperset(of: ["channel", "location"]) { return try await master.put(group, .none, by: actor) }
        return try await Self.unlessChanged { () throws(StoreError) in
            var group = group
            let known = try await master.group(group.id)
            if let known = known?.value {
                if !named.contains("channel") { group.channel = known.channel }
                if !named.contains("location") { group.locations = known.locations }
            }
            return try await master.put(group, .asRead(known?.version), by: actor)
        }
    }

    /// What the file does not name stays as it is; of how labels of scales are printed most files say nothing.
    private func put(
        _ source: Source, naming named: Set<String>, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Source>> {
        try await Self.unlessChanged { () throws(StoreError) in
            var source = source
            let known = try await master.source(source.id)
            if let known = known?.value {
                if !named.contains("labels") { source.labels = known.labels }
                if !named.contains("name") { source.name = known.name }
                if !named.contains("codeSystem") { source.codeSystem = known.codeSystem }
                if !named.contains("authority") { source.authority = known.authority }
                if !named.contains("location") { source.locations = known.locations }
            }
            return try await master.put(source, .asRead(known?.version), by: actor)
        }
    }

    /// A reference is a transfer's name for whoever imports it: so the same row again is the same transfer.
    private func create(
        _ transfer: NewTransfer, _ record: ImportRecord, by actor: ActorName?, _ outcome: inout Outcome
    ) async throws(StoreError) {
        switch try await targets.transfers.create(transfer, key: transfer.importKey, by: .order(of: actor)) {
        case .success(let answer): outcome.add(answer.isReplay ? .unchanged : .stored, record)
        case .failure(.keyReused):
            outcome.add(
                .rejected, record, code: "idempotencyKeyReused",
                record.explain(
                    "/reference", "was imported before with other contents; cancel that transfer, or change it"))
        case .failure(let refusal):
            let (code, pointer, detail) = refusal.words
            outcome.refuse(record, code: code, at: pointer, detail)
        }
    }

    private func put(
        _ items: [(record: ImportRecord, item: ListedItem)], by actor: ActorName?, _ outcome: inout Outcome
    ) async throws(StoreError) {
        for part in items.parts {
            let changed = try await targets.bulk.changed(part.map(\.item))
            let toStore = part.map(\.item).filter { changed.contains($0.item.sku) }
            // What stays as it is need not wait for, nor make wait, who grants.
            if !toStore.isEmpty { try await targets.master.store.putItems(toStore, by: actor) }
            for (record, item) in part { outcome.add(changed.contains(item.item.sku) ? .stored : .unchanged, record) }
        }
    }

    /// One that is there keeps what people have set on it since.
    private func put(
        _ locations: [(record: ImportRecord, location: Location)], by actor: ActorName?, _ outcome: inout Outcome
    ) async throws(StoreError) {
        for part in locations.parts {
            let new = try await targets.bulk.addLocations(part.map(\.location), by: actor)
            for (record, location) in part {
                if new.contains(location.id) {
                    outcome.add(.stored, record)
                } else {
                    try await keep(location, record, as: .unchanged, &outcome)
                }
            }
        }
    }

    private func put(
        _ aliases: [(record: ImportRecord, alias: Alias)], by actor: ActorName?, _ outcome: inout Outcome
    ) async throws(StoreError) {
        for part in aliases.parts {
            for (entry, result) in zip(part, try await targets.bulk.putAliases(part.map(\.alias), by: actor)) {
                switch result {
                case .stored: outcome.add(.stored, entry.record)
                case .unchanged: outcome.add(.unchanged, entry.record)
                case .unknownItem: outcome.addUnknownItem(of: entry.record)
                }
            }
        }
    }
}

extension Array {
    /// As many as one call takes.
    fileprivate var parts: [[Element]] {
        stride(from: 0, to: count, by: itemsPerCallMax).map { Array(self[$0..<Swift.min($0 + itemsPerCallMax, count)]) }
    }
}

extension NewTransfer {
    /// No client can send a key of this name: theirs have no line break, or their own name before it.
    fileprivate var importKey: RequestKey {
        var text = "\(from?.text ?? "")|\(to)|\(reserves)|\(expectedAt?.microseconds ?? 0)"
        for line in lines { text += "|\(line.id)|\(line.item)|\(line.quantity.units)" }
        return RequestKey(
            text: RequestKeyText(stored: "\nimport\ntransfer\n\(reference?.text ?? "")"),
            fingerprint: Fingerprint(sha256(Array(text.utf8))))
    }
}

extension ImportBatch.Outcome {
    fileprivate mutating func add<Value>(_ result: MasterResult<Stored<Value>>, _ record: ImportRecord) {
        switch result {
        case .success(let stored): add(stored.isUnchanged ? .unchanged : .stored, record)
        case .failure(let rejection):
            let (code, pointer, detail) = rejection.words
            refuse(record, code: code, at: pointer, detail)
        }
    }
}

extension MasterRejection {
    fileprivate var words: (code: String, pointer: String, detail: String) {
        switch self {
        case .unknownReference(let pointer, let detail): ("unknownReference", pointer, detail)
        case .invalid(let pointer, let detail): ("malformedLine", pointer, detail)
        case .resourceInUse(let detail): ("resourceInUse", "", detail)
        case .channelTaken(let group): ("resourceInUse", "", "the channel belongs to location group '\(group)'")
        case .preconditionFailed, .requestKeyReused, .notFound:
            ("versionMismatch", "", "it was changed by somebody else meanwhile; import it again")
        }
    }
}

extension TransferRefusal {
    fileprivate var words: (code: String, pointer: String, detail: String) {
        switch self {
        case .unknownReference(let pointer, let detail): ("unknownReference", pointer, detail)
        case .invalid(let pointer, let detail): ("malformedLine", pointer, detail)
        case .locationUnavailable(_, let pointer, let detail): ("locationUnavailable", pointer, detail)
        case .saleRestricted(_, let pointer, let detail): ("saleRestricted", pointer, detail)
        case .illegalTransition(let detail), .notOpen(let detail): ("illegalTransition", "", detail)
        case .limitExceeded(let detail): ("limitExceeded", "", detail)
        case .insufficient(let lines):
            (
                "insufficientAvailability", "",
                lines.map { "only \($0.available) of \($0.requested) of '\($0.sku)' are free" }.joined(separator: "; ")
            )
        case .keyReused, .notFound, .preconditionFailed, .outdated:
            ("versionMismatch", "", "it changed meanwhile; import it again")
        }
    }
}
