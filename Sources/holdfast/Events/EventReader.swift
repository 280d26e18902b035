import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import StrictJSON

/// Follows the event stream of a running service, and comes back by itself when the connection is lost.
struct EventReader {
    /// The service does not want this reader, and trying again does not help.
    struct Refused: Error, CustomStringConvertible {
        let status: UInt
        let detail: String

        var description: String { "the service answered \(status): \(detail)" }
    }

    /// What a reader is told of.
    enum News: Sendable {
        /// One connection is open.
        case connected
        /// In order; several where they came together. With them the id to come back with.
        case messages([EventMessage], lastID: String?)
        /// The connection is lost, and is tried again after a while.
        case lost(String, retryAfter: Duration)
    }

    let url: String
    let token: String?
    /// Where to begin; nil: now.
    var lastID: String?

    /// Without a word for so long, which is three heartbeats, a connection is lost.
    private static let silenceMax: TimeAmount = .seconds(45)
    private static let connectWithin: TimeAmount = .seconds(10)
    private static let headWithin: TimeAmount = .seconds(30)
    private static let pauseMin: Duration = .milliseconds(250)
    private static let pauseMax: Duration = .seconds(15)
    private static let problemBytesMax = 64 << 10

    /// Reads on until the task is cancelled.
    /// - Throws: `Refused`, and whatever `tell` throws.
    func run(_ tell: (News) async throws -> Void) async throws {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = Self.connectWithin
        configuration.timeout.read = Self.silenceMax
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            try await run(on: client, tell)
            try await client.shutdown()
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    private func run(on client: HTTPClient, _ tell: (News) async throws -> Void) async throws {
        var parser = EventMessageParser(after: lastID)
        var pause = Self.pauseMin
        while !Task.isCancelled {
            var told: (any Error)?
            var why = "the stream has ended"
            do {
                let body = try await open(client, parser.lastID)
                try await tell(.connected)
                pause = Self.pauseMin
                parser.startAnew()
                for try await piece in body {
                    let messages = try parser.read(piece.readableBytesView)
                    do {
                        try await tell(.messages(messages, lastID: parser.lastID))
                    } catch {
                        told = error
                        throw error
                    }
                    // The service says from where to go on, and ends the stream behind it.
                    if messages.last?.event == "slow" { why = "events came faster than they were read" }
                }
            } catch let refused as Refused {
                throw refused
            } catch {
                if let told { throw told }
                if Task.isCancelled { return }
                why = Unreachable(error, at: url)?.description ?? "\(error)"
            }
            try await tell(.lost(why, retryAfter: pause))
            try? await Task.sleep(for: pause * Double.random(in: 0.8...1.2))
            pause = min(pause * 2, Self.pauseMax)
        }
    }

    private func open(_ client: HTTPClient, _ lastID: String?) async throws -> HTTPClientResponse.Body {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "accept", value: "text/event-stream")
        if let lastID { request.headers.add(name: "last-event-id", value: lastID) }
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        let response = try await client.execute(request, timeout: Self.headWithin)
        guard response.status != .ok else { return response.body }
        let bytes = try await response.body.collect(upTo: Self.problemBytesMax)
        let detail = try? JSONDocument(parsing: Array(bytes.readableBytesView)).root["detail"]?.string
        let refused = Refused(status: response.status.code, detail: detail ?? response.status.reasonPhrase)
        // It has too much to do, or another one answers for it: later it may be there.
        guard response.status.code >= 500 || response.status.code == 429 else { throw refused }
        throw Unwilling(description: refused.description)
    }

    private struct Unwilling: Error, CustomStringConvertible {
        let description: String
    }
}
