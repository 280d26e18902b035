import Inventory

/// Who takes what files hold.
package struct ImportTargets: Sendable {
    let facts: FactService
    /// Judges the facts of a dry run.
    let rehearsal: FactRehearsal
    let master: CatalogService
    let bulk: any BulkCatalogStore
    let rules: any StockRuleWriter
    let supply: any SupplyWriter
    let transfers: TransferService
    let reconciliations: ReconciliationService

    package init(
        facts: FactService, rehearsal: FactRehearsal, master: CatalogService, bulk: any BulkCatalogStore,
        rules: any StockRuleWriter, supply: any SupplyWriter, transfers: TransferService,
        reconciliations: ReconciliationService
    ) {
        self.facts = facts
        self.rehearsal = rehearsal
        self.master = master
        self.bulk = bulk
        self.rules = rules
        self.supply = supply
        self.transfers = transfers
        self.reconciliations = reconciliations
    }
}

/// What a batch has to know of the import that it is of.
struct ImportJob: Sendable {
    let id: ImportID
    let isDryRun: Bool
    let actor: ActorName?
    /// Of a dry run: what earlier batches of it have taken.
    let memory: RehearsalMemory

    init(_ stored: StoredImport, _ memory: RehearsalMemory) {
        self.memory = memory
        id = stored.id
        isDryRun = stored.order.isDryRun
        actor = stored.order.actor
    }
}
