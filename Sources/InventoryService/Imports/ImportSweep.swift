package import Logging

/// Applies what was received, in turns, and goes on with what another process left.
package struct ImportSweep: PeriodicWork {
    package static let name = "imports"
    package static let schedule = PeriodicSchedule(every: .seconds(1))

    private let imports: ImportService

    package init(imports: ImportService) { self.imports = imports }

    package func pass() async throws -> PeriodicPass {
        // Rows are read and written for hours: single calls must not wait for a thread meanwhile.
        let done = try await withTaskExecutorPreference(BulkExecutor.shared) { try await imports.runAll() }
        return PeriodicPass(items: done, hasMore: done > 0)
    }
}

/// Deletes uploads that nobody finished.
package struct StaleImportSweep: PeriodicWork {
    package static let name = "staleImports"
    package static let schedule = PeriodicSchedule(every: .seconds(60))

    private let imports: ImportService
    private let logger: Logger

    package init(imports: ImportService, logger: Logger) {
        self.imports = imports
        self.logger = logger
    }

    package func pass() async throws -> PeriodicPass {
        let deleted = try await imports.store.deleteStale(afterSeconds: ImportService.staleAfterSeconds)
        if deleted > 0 { logger.info("unfinished uploads deleted", metadata: ["imports": "\(deleted)"]) }
        return PeriodicPass(items: deleted)
    }
}
