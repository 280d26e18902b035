import Inventory

/// Who takes what files hold.
package struct ImportTargets: Sendable {
    let facts: FactService
    let master: CatalogService
    let rules: any StockRuleStore
    let supply: any SupplyStore
    let transfers: TransferService
    let reconciliations: ReconciliationService

    package init(
        facts: FactService, master: CatalogService, rules: any StockRuleStore, supply: any SupplyStore,
        transfers: TransferService, reconciliations: ReconciliationService
    ) {
        self.facts = facts
        self.master = master
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

    init(_ stored: StoredImport) {
        id = stored.id
        isDryRun = stored.order.isDryRun
        actor = stored.order.actor
    }
}
