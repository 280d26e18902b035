import ArgumentParser
import Foundation
import StrictJSON
import UnixSignals

struct Tail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follow the events of a running holdfast, one on each line.",
        discussion: """
            Begins now, or where --after or --state says, and comes back by itself when the connection is lost, without a \
            gap or a repeat. Events go to standard output, everything else to standard error. --types takes several with \
            commas between them, and reservation.* for all that begin so: \
            holdfast tail --types inventory.band.changed,reservation.* --location 367
            """)

    @Option(help: "Where the service is (default: where the settings say that it listens).")
    var url: String?

    @Option(help: "A token or an API key (default: HOLDFAST_TOKEN of the environment).")
    var token: String?

    @Option(help: "Only events of these types.")
    var types: String?

    @Option(help: "Only events about this item.")
    var sku: String?

    @Option(help: "Only events at this location.")
    var location: String?

    @Option(help: "Only events at locations of this group.")
    var group: String?

    @Option(help: "Only events of this channel and its group.")
    var channel: String?

    @Option(help: "Begin behind the event with this id.")
    var after: String?

    @Option(help: "A file that remembers how far events were read. It goes before --after.")
    var state: String?

    @Flag(help: "Each event as the CloudEvents JSON that it is.")
    var json = false

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let place = state.map { EventPlace(path: $0) }
        let reader = EventReader(
            url: try await address(), token: token ?? ProcessInfo.processInfo.environment["HOLDFAST_TOKEN"],
            lastID: try place?.read() ?? after)
        let output = TailOutput(place: place, isJSON: json)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { return }
            }
            tasks.addTask {
                try await reader.run { try await output.take($0) }
            }
            // Either somebody stops it, or it cannot go on.
            defer { tasks.cancelAll() }
            _ = try await tasks.next()
        }
        try await output.end()
    }

    /// The stream's address with the filters.
    private func address() async throws -> String {
        guard var components = URLComponents(string: try await ServiceAddress(url, options).base) else {
            throw ValidationError("--url cannot be used")
        }
        components.path += "/v1/event-stream"
        let filters = [
            ("types", types), ("sku", sku), ("location", location), ("group", group), ("channel", channel),
        ]
        let query = filters.compactMap { name, value in value.map { "\(name)=\($0.pathElement)" } }
        components.percentEncodedQuery = query.isEmpty ? nil : query.joined(separator: "&")
        guard let address = components.string else { throw ValidationError("--url cannot be used") }
        return address
    }
}

/// Prints events, and remembers how far it has come.
private actor TailOutput {
    /// How often the file is written at most.
    private static let betweenWrites: Duration = .milliseconds(200)

    private let place: EventPlace?
    private let isJSON: Bool
    private let isColored = isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    private let zone = TimeZone.current
    private var lastID: String?
    private var written: String?
    private var writtenAt: ContinuousClock.Instant?
    private var isLost = false

    init(place: EventPlace?, isJSON: Bool) {
        self.place = place
        self.isJSON = isJSON
    }

    func take(_ news: EventReader.News) throws {
        switch news {
        case .connected:
            if isLost { say("connected again") }
            isLost = false
        case .lost(let why, let pause):
            if !isLost { say("\(why); trying again in \(pause)") }
            isLost = true
        case .messages(let messages, let id):
            try show(messages)
            lastID = id ?? lastID
            if (writtenAt?.duration(to: .now) ?? .seconds(1)) >= Self.betweenWrites { try remember() }
        }
    }

    func end() throws { try remember() }

    private func show(_ messages: [EventMessage]) throws {
        var text = ""
        for message in messages {
            guard let json = try? JSONDocument(parsing: Array(message.data.utf8)).root else { continue }
            guard json["specversion"] != nil else {
                // The last word of a stream.
                if let detail = json["detail"]?.string { say(detail) }
                continue
            }
            text += isJSON ? message.data : EventLine(json, in: zone).text(isColored: isColored)
            text += "\n"
        }
        guard !text.isEmpty else { return }
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
        } catch let error as NSError where (error.userInfo[NSUnderlyingErrorKey] as? NSError)?.code == Int(EPIPE) {
            // Whoever read, such as `head`, has enough.
            throw ExitCode.success
        }
    }

    private func remember() throws {
        guard let place, let lastID, lastID != written else { return }
        try place.write(lastID)
        (written, writtenAt) = (lastID, .now)
    }

    private func say(_ text: String) {
        FileHandle.standardError.write(Data("holdfast tail: \(text)\n".utf8))
    }
}
