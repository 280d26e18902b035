package import Inventory

/// What became of the last byte of a body.
package enum ImportReceipt: Sendable, Hashable {
    case accepted(StoredImport)
    /// The same request came before; this is what it made.
    case known(StoredImport)
    /// Its key was used for something else.
    case keyReused
}

/// What became of the wish that an import ends.
package enum ImportCancellation: Sendable, Hashable {
    /// It has ended so, now or before.
    case cancelled(StoredImport)
    /// It came to its end before.
    case tooLate(StoredImport)
    case notFound
}

/// What became of an alias of a bulk load.
package enum AliasOutcome: Sendable, Hashable {
    case stored, unchanged
    /// No item has its sku.
    case unknownItem
}

/// Things with names that are put only to see what would come of it.
package typealias TrialStore = CatalogStore & StockRuleWriter & SupplyWriter

/// Where mappings are kept under names. Preconditions and versions are as in `CatalogStore`; when it was changed last is no
/// part of what is compared.
package protocol ImportMappingStore: Sendable {
    func putMapping(
        _ mapping: ImportMapping, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<ImportMapping>>
    func mapping(_ id: ImportMappingID) async throws(StoreError) -> Stored<ImportMapping>?
    /// In the order of ids.
    func mappings(_ page: PageRequest) async throws(StoreError) -> Page<Stored<ImportMapping>>
    func deleteMapping(
        _ id: ImportMappingID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void>
}

/// Master data as files bring it, many at a time.
package protocol BulkCatalogStore: Sendable {
    /// Those that are new or other than what is stored.
    func changed(_ items: [ListedItem]) async throws(StoreError) -> Set<SKU>
    /// In one transaction, each id once, at most `itemsPerCallMax`. A location that is there stays as it is.
    /// - Returns: those that are new.
    func addLocations(_ locations: [Location], by actor: ActorName?) async throws(StoreError) -> Set<LocationID>
    /// In one transaction, each code once, at most `itemsPerCallMax`; the last of equal codes counts.
    /// - Returns: one for each, in their order.
    func putAliases(_ aliases: [Alias], by actor: ActorName?) async throws(StoreError) -> [AliasOutcome]
}

/// Where imports, their bodies and reports are kept.
package protocol ImportStore: Sendable {
    // MARK: Receiving

    /// Begins to receive a body.
    func receive(_ id: ImportID, _ order: ImportOrder) async throws(StoreError)
    /// Keeps a piece of the body. The same piece may be given again. Of an import that was cancelled meanwhile none is kept.
    /// - Parameter bytesReceived: with it.
    func append(_ bytes: [UInt8], as number: Int, to id: ImportID, bytesReceived: Int64) async throws(StoreError)
    /// Saying it again, after an answer that was lost, is right.
    func received(_ id: ImportID, digest: Digest, key: RequestKey?) async throws(StoreError) -> ImportReceipt
    /// Takes back what was never received whole; one that was stays as it is, with its body.
    func discard(_ id: ImportID) async throws(StoreError)
    /// A piece of the body; nil behind the last.
    func chunk(_ number: Int, of id: ImportID) async throws(StoreError) -> [UInt8]?

    // MARK: Running

    /// Takes the oldest import that was received and that nobody works on.
    func claimNext(by worker: String) async throws(StoreError) -> StoredImport?
    /// Takes, or creates, an import of a file that is on this machine. Nil while somebody else works on it.
    func claim(
        _ id: ImportID, _ order: ImportOrder, bytes: Int64, digest: Digest, by worker: String
    ) async throws(StoreError) -> StoredImport?
    /// When the import's content was received first: the same for every import of it, from whichever asks first on.
    /// - Parameters:
    ///   - content: digest of the file.
    ///   - reading: digest of the file and of how it is read.
    func firstReceived(
        _ id: ImportID, _ content: Digest, as reading: Digest
    ) async throws(StoreError) -> FileReceipt
    /// The same of what was received before, without keeping anything; nil of what was not.
    func knownReceipt(
        _ content: Digest, as reading: Digest
    ) async throws(StoreError) -> (content: Timestamp?, reading: Timestamp?)
    /// The following are false when somebody else has taken the import over.
    func renew(_ id: ImportID, by worker: String) async throws(StoreError) -> Bool
    func checked(_ id: ImportID, recordsTotal: Int64, by worker: String) async throws(StoreError) -> Bool
    /// Writes how far it is, together with the lines of the report.
    /// - Parameter heap: figures that are needed no longer.
    func advance(
        _ id: ImportID, to progress: ImportProgress, _ lines: [ImportReportLine], without heap: FigureHeap?,
        by worker: String
    ) async throws(StoreError) -> Bool
    func finish(_ id: ImportID, _ problem: ImportProblem?, by worker: String) async throws(StoreError) -> Bool
    /// Gives it back, for whoever is next.
    /// - Parameter seconds: so long it is not taken up again, and others have their turn.
    func release(_ id: ImportID, afterSeconds seconds: Int64, by worker: String) async throws(StoreError)
    /// Ends an import, whoever works on it, where it is.
    func cancel(_ id: ImportID) async throws(StoreError) -> ImportCancellation
    /// Deletes the body of an import that is finished.
    func deleteBody(_ id: ImportID) async throws(StoreError)
    /// Deletes bodies of which nothing has come for so long, and what is left of others that nobody needs.
    func deleteStale(afterSeconds: Int64) async throws(StoreError) -> Int

    // MARK: Book figures

    /// Keeps figures until all of the file are there, and looks up what they name. The same may be given again.
    /// - Returns: one for each, in their order; nil where it was kept.
    func stage(_ figures: [StagedFigure], of id: ImportID) async throws(StoreError) -> [FigureProblem?]
    /// The next figures to be compared; nil when none is left.
    /// - Parameter limit: sums.
    func heap(of id: ImportID, limit: Int) async throws(StoreError) -> FigureHeap?

    // MARK: Names

    /// What is known by names, at most `FileNames.perCallMax`.
    /// - Returns: one for each, in their order.
    func things(named names: [FileNames]) async throws(StoreError) -> [NamedThings]
    /// The stores of things with names, which take every change back: so a dry run asks what would come of it.
    var trial: any TrialStore { get }

    // MARK: Looking

    func importJob(_ id: ImportID) async throws(StoreError) -> StoredImport?
    /// The newest first. The key is the last id of the page before.
    func imports(_ page: PageRequest) async throws(StoreError) -> Page<StoredImport>
    /// Lines in the order of the file.
    func report(
        _ id: ImportID, verdict: ImportVerdict?, after line: Int64, limit: Int
    ) async throws(StoreError) -> [ImportReportLine]
}
