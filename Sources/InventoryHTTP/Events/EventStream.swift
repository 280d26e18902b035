import Hummingbird
import Inventory
import InventoryService
import NIOCore
import StrictJSON

/// One open stream: writes what its follower hands out as fast as its client reads, and says at its end why it ends.
struct EventStream: Sendable {
    private let follower: EventFollower
    private let from: EventCursor
    private let tail: EventTail
    private let place: StreamPlace
    private let access: StreamAccess

    /// Milliseconds that a client should wait before it comes back.
    private static let retryMilliseconds = 3_000
    /// Pulses of the follower without a word, before it gets a heartbeat: 15 s.
    private static let heartbeatPulses = 15 / EventTail.pulseSeconds
    /// Pulses between looks at what the filter's group means by now: 60 s.
    private static let groupPulses = 60 / EventTail.pulseSeconds
    /// Bytes of a buffer that is filled before it is written, unless a single event is larger.
    private static let writeBytesMax = 64 << 10

    /// - Parameter from: it gets everything behind it.
    init(_ follower: EventFollower, from: EventCursor, tail: EventTail, place: StreamPlace, access: StreamAccess) {
        self.follower = follower
        self.from = from
        self.tail = tail
        self.place = place
        self.access = access
    }

    @concurrent func send(to writer: inout any ResponseBodyWriter, _ body: RequestBody) async throws {
        defer {
            place.giveBack()
            follower.leave()
        }
        // A client that has gone is noticed at once, and not only when something is written.
        try await body.consumeWithInboundCloseHandler { _ in
            try await follower.endingWithService { try await run(&writer) }
        } onInboundClosed: { [follower] in
            follower.end(.gone)
        }
        try await writer.finish(nil)
    }

    @concurrent private func run(_ writer: inout any ResponseBodyWriter) async throws {
        var buffer = ByteBuffer()
        buffer.writeString("retry: \(Self.retryMilliseconds)\n")
        buffer.writeID(from)
        try await writer.write(buffer)
        var last = from
        var (silent, pulses) = (0, 0)
        while true {
            let step: EventFollower.Step
            do {
                step = try await follower.next()
            } catch {
                return try await end(&writer, comment: "the feed cannot be read right now; come back")
            }
            switch step {
            case .events(let events):
                silent = 0
                try await write(events, to: &writer)
                last = events.last?.event.cursor ?? last
            case .pulse(let cursor):
                if let cursor { last = max(last, cursor) }
                silent += 1
                pulses += 1
                guard await access.isStillGood() else {
                    return try await end(&writer, comment: "the token or key is not good any more")
                }
                if pulses % Self.groupPulses == 0, await groupHasChanged() {
                    return try await end(&writer, comment: "the group has other locations now; come back")
                }
                guard silent >= Self.heartbeatPulses else { continue }
                silent = 0
                buffer = ByteBuffer()
                buffer.writeString(": heartbeat\n")
                // So that a stream whose filter lets little through does not grow old.
                buffer.writeID(last)
                try await writer.write(buffer)
            case .ended(.slow):
                return try await end(
                    &writer, "slow", last, "events came faster than they were read; go on from resumeAfter")
            case .ended(.expired):
                return try await end(
                    &writer, "expired", last, "what follows is no longer kept; read the snapshot again")
            case .ended(.stopping): return try await end(&writer, comment: "the service stops; come back")
            case .ended(.gone): return
            }
        }
    }

    @concurrent private func write(_ events: [SharedEvent], to writer: inout any ResponseBodyWriter) async throws {
        var buffer = ByteBuffer()
        for shared in events {
            let event = shared.event
            if buffer.readableBytes + event.json.count > Self.writeBytesMax, buffer.readableBytes > 0 {
                try await writer.write(buffer)
                buffer = ByteBuffer()
            }
            buffer.writeString("id: \(event.cursor)\nevent: ")
            buffer.writeString(event.type.rawValue)
            buffer.writeString("\ndata: ")
            buffer.writeBytes(event.json)
            buffer.writeString("\n\n")
        }
        try await writer.write(buffer)
    }

    private func groupHasChanged() async -> Bool {
        let old = follower.filter
        guard old.filter.group != nil || old.filter.channel != nil else { return false }
        // Where it cannot be told, it is looked at again a minute later.
        guard let found = try? await tail.feed.resolve(old.filter) else { return false }
        guard case .success(let new) = found else { return true }
        return new.group != old.group || new.members != old.members
    }

    @concurrent private func end(_ writer: inout any ResponseBodyWriter, comment: String) async throws {
        try await writer.write(ByteBuffer(string: ": \(comment)\n\n"))
    }

    /// The last message of a stream that cannot go on as it was.
    @concurrent private func end(
        _ writer: inout any ResponseBodyWriter, _ name: String, _ cursor: EventCursor, _ detail: String
    ) async throws {
        var json = JSONWriter()
        json.object {
            $0.field("resumeAfter", cursor.description)
            $0.field("detail", detail)
        }
        var buffer = ByteBuffer(string: "event: \(name)\ndata: ")
        buffer.writeBytes(json.bytes)
        buffer.writeString("\n\n")
        try await writer.write(buffer)
    }
}

extension ByteBuffer {
    /// Tells a client where it is: without `data` no event comes of it (the HTML standard, section 9.2.6).
    fileprivate mutating func writeID(_ cursor: EventCursor) { writeString("id: \(cursor)\n\n") }
}
