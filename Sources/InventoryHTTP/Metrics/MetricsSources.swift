package import InventoryService

/// Where the figures of `/metrics` come from, beside the requests themselves. What is nil is left out.
package struct MetricsSources: Sendable {
    package var version = "unknown"
    package var batches: BatchFigures?
    package var waiting: (@Sendable () -> WaitingFigures)?
    package var background: BackgroundFigures?
    package var database: (any FiguresStore)?
    package var process: (@Sendable () -> ProcessFigures?)?

    package init() {}
}
