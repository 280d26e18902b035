import Hummingbird
import Inventory
import InventoryService
import NIOCore

/// Figures for monitoring: of this process, and of what all processes share.
struct MetricsRoutes {
    let sources: MetricsSources
    let requests: RequestFigures
    let streams: StreamPlaces
    private let shared: SharedFigures

    init(sources: MetricsSources, requests: RequestFigures, streams: StreamPlaces) {
        self.sources = sources
        self.requests = requests
        self.streams = streams
        shared = SharedFigures(store: sources.database)
    }

    func add(to router: RouterGroup<AppContext>) {
        router.get("metrics", use: metrics)
    }

    /// operationId: getMetrics
    @Sendable private func metrics(_ request: Request, context: AppContext) async throws -> Response {
        var text = PrometheusText()
        text.metric("holdfast_build_info", .gauge, "1, with what is running.")
        text.sample("holdfast_build_info", ["version": sources.version], is: 1)
        add(requests.all, to: &text)
        text.metric(
            "holdfast_http_refusals_total", .counter,
            "Requests that were refused for who sent them: unauthenticated, forbidden or rateLimited.")
        for (refusal, count) in requests.refusals {
            text.sample(
                "holdfast_http_refusals_total",
                ["operation": refusal.operation, "code": refusal.code, "client": refusal.client.rawValue], is: count)
        }
        if let batches = sources.batches { add(batches.all, to: &text) }
        if let waiting = sources.waiting?() { add(waiting, to: &text) }
        text.metric("holdfast_event_streams", .gauge, "Event streams that are open.")
        text.sample("holdfast_event_streams", is: Int64(streams.taken))
        if let background = sources.background { add(background.all, to: &text) }
        if let process = sources.process?() { add(process, to: &text) }
        await add(shared.figures(), to: &text)
        return Response(
            status: .ok, headers: [.contentType: PrometheusText.mediaType, .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text.text)))
    }

    private func add(_ operations: [(operation: String, counts: RequestFigures.Counts)], to text: inout PrometheusText)
    {
        text.metric("holdfast_http_requests_total", .counter, "Requests answered, by operation and status.")
        for (operation, counts) in operations {
            for (status, count) in counts.answers.sorted(by: { $0.key < $1.key }) {
                text.sample("holdfast_http_requests_total", ["operation": operation, "status": "\(status)"], is: count)
            }
        }
        text.metric(
            "holdfast_http_request_seconds", .histogram, "From the head of a request to the head of its answer.")
        for (operation, counts) in operations {
            text.histogram("holdfast_http_request_seconds", ["operation": operation], of: counts.seconds)
        }
    }

    private func add(_ counts: BatchFigures.Counts, to text: inout PrometheusText) {
        text.metric("holdfast_fact_lines_total", .counter, "Lines of facts that were committed, by verdict.")
        for verdict in Verdict.allCases {
            text.sample("holdfast_fact_lines_total", ["verdict": verdict.name], is: counts.lines[verdict] ?? 0)
        }
        text.metric(
            "holdfast_promises_total", .counter, "Requests for reservations and transfers, and changes of them.")
        text.sample("holdfast_promises_total", ["outcome": "granted"], is: counts.granted)
        text.sample("holdfast_promises_total", ["outcome": "refused"], is: counts.refused)
        text.metric("holdfast_batch_commands_total", .counter, "Commands that were committed.")
        text.sample("holdfast_batch_commands_total", is: counts.commands)
        text.metric(
            "holdfast_batch_failures_total", .counter, "Attempts to commit a batch that failed and were repeated.")
        text.sample("holdfast_batch_failures_total", is: counts.failedAttempts)
        text.metric("holdfast_batch_seconds", .histogram, "To decide and commit one batch.")
        text.histogram("holdfast_batch_seconds", of: counts.seconds)
    }

    private func add(_ waiting: WaitingFigures, to text: inout PrometheusText) {
        text.metric("holdfast_queue_lines", .gauge, "Lines that wait to be written, by lane.")
        text.sample("holdfast_queue_lines", ["lane": "single"], is: Int64(waiting.singleLines))
        text.sample("holdfast_queue_lines", ["lane": "bulk"], is: Int64(waiting.bulkLines))
        text.metric("holdfast_queue_set_aside", .gauge, "Commands that wait for a lock of somebody else.")
        text.sample("holdfast_queue_set_aside", is: Int64(waiting.setAside))
        text.metric("holdfast_queue_overloaded_total", .counter, "Commands refused because too much was waiting.")
        text.sample("holdfast_queue_overloaded_total", is: Int64(waiting.overloaded))
    }

    private func add(_ background: [String: PeriodicFigures], to text: inout PrometheusText) {
        let works = background.sorted { $0.key < $1.key }
        func each(
            _ name: String, _ kind: PrometheusText.Kind, _ help: String, _ value: (PeriodicFigures) -> Double?
        ) {
            text.metric(name, kind, help)
            for (work, figures) in works {
                if let value = value(figures) { text.sample(name, ["work": work], is: value) }
            }
        }
        each("holdfast_background_runs_total", .counter, "Passes of background work.") { Double($0.runs) }
        each("holdfast_background_failures_total", .counter, "Passes that failed.") { Double($0.failures) }
        each("holdfast_background_failing", .gauge, "Passes that have failed since the last success.") {
            Double($0.failuresInARow)
        }
        each("holdfast_background_last_success_age_seconds", .gauge, "Since background work last succeeded.") {
            $0.lastSuccess.map { $0.duration(to: .now) / .seconds(1) }
        }
    }

    private func add(_ process: ProcessFigures, to text: inout PrometheusText) {
        text.metric("process_cpu_seconds_total", .counter, "User and system time.")
        text.sample("process_cpu_seconds_total", is: process.cpuSeconds)
        text.metric("process_resident_memory_bytes", .gauge, "Memory in use.")
        text.sample("process_resident_memory_bytes", is: process.residentBytes)
        text.metric("process_open_fds", .gauge, "Open files and sockets.")
        text.sample("process_open_fds", is: process.openFiles)
        text.metric("process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.")
        text.sample("process_start_time_seconds", is: process.startedAt)
    }

    /// - Parameter figures: nil where the database did not answer, which is told as well.
    private func add(_ figures: DatabaseFigures?, to text: inout PrometheusText) {
        text.metric("holdfast_database_up", .gauge, "1 where the database answered this scrape, or one just before it.")
        text.sample("holdfast_database_up", is: figures == nil ? 0 : 1)
        guard let figures else { return }
        text.metric("holdfast_exceptions", .gauge, "Exceptions that are open or assigned, by type.")
        for (type, count) in figures.exceptions.sorted(by: { $0.key < $1.key }) {
            text.sample("holdfast_exceptions", ["type": type], is: count)
        }
        text.metric(
            "holdfast_lines_parked", .gauge, "Lines that wait for a name, counted up to \(DatabaseFigures.countedMax).")
        text.sample("holdfast_lines_parked", is: figures.parkedLines)
        text.metric("holdfast_locations_silent", .gauge, "Locations that should have reported and have not.")
        text.sample("holdfast_locations_silent", is: figures.silentLocations)
        text.metric(
            "holdfast_feed_untold_commits", .gauge, "Commits without a place in the feed; many while nobody reads it.")
        text.sample("holdfast_feed_untold_commits", is: figures.untoldCommits)
        text.metric(
            "holdfast_webhook_behind_positions", .gauge, "Positions of the feed that an endpoint has to be sent.")
        for (webhook, count) in figures.webhooksBehind.sorted(by: { $0.key < $1.key }) {
            text.sample("holdfast_webhook_behind_positions", ["webhook": webhook], is: count)
        }
        text.metric("holdfast_webhook_dead_letters", .gauge, "Events that were given up.")
        text.sample("holdfast_webhook_dead_letters", is: figures.webhookDeadLetters)
        text.metric("holdfast_database_bytes", .gauge, "Size of the database.")
        text.sample("holdfast_database_bytes", is: figures.databaseBytes)
        guard let proof = figures.proof else { return }
        text.metric("holdfast_proof_ok", .gauge, "1 where the last proof found everything right.")
        text.sample("holdfast_proof_ok", is: proof.isProved ? 1 : 0)
        text.metric("holdfast_proof_age_seconds", .gauge, "Since the last proof.")
        text.sample("holdfast_proof_age_seconds", is: proof.ageSeconds)
    }
}

/// Keeps the database's figures for a moment: however many scrape, they cost the same.
private actor SharedFigures {
    private let store: (any FiguresStore)?
    private var known: (figures: DatabaseFigures, at: ContinuousClock.Instant)?
    private var reading: Task<DatabaseFigures?, Never>?

    private static let age: Duration = .seconds(5)

    init(store: (any FiguresStore)?) { self.store = store }

    func figures() async -> DatabaseFigures? {
        if let known, known.at.duration(to: .now) < Self.age { return known.figures }
        guard let store else { return nil }
        // Whoever comes meanwhile waits for the same answer.
        if let reading { return await reading.value }
        let task = Task { try? await store.figures() }
        reading = task
        let figures = await task.value
        reading = nil
        if let figures { known = (figures, .now) }
        return figures
    }
}
