import InventoryService

/// Bounds of what a request may send.
package struct HTTPLimits: Sendable {
    /// A body of facts or of a bulk query. 5,000 full lines are about 3 MB.
    package var bulkBodyBytesMax = 8 << 20
    /// Any other body.
    package var bodyBytesMax = 1 << 20
    /// All bodies that are being read or worked on at one time, together.
    package var bodiesBytesMax = 128 << 20
    /// The body of an import, which is written down as it comes.
    package var importBytesMax = ImportService.bytesMax
    /// From the head of a request to the last byte of its body, however they come.
    package var bodyWithin: Duration = .seconds(30)
    /// Of an import's body, which may take longer, at least so many bytes arrive in each such time.
    package var importBytesMin = 64 << 10
    /// Of a request's line and headers together.
    package var headBytesMax = 80 << 10
    package var headersMax = 1_000
    /// Connections at one time. Each takes a file of the process, of which it may open only so many.
    package var connectionsMax = 10_000
    /// A connection on which nothing moves is closed.
    package var idleSeconds: Int64 = 60
    /// From a connection with TLS to the end of its handshake; also for the line of the PROXY protocol.
    package var handshakeWithin: Duration = .seconds(10)
    /// For the requests that are under way on a connection of HTTP/2 when the service says farewell.
    package var drainWithin: Duration = .seconds(30)
    /// Requests at one time on one connection of HTTP/2.
    package var streamsMax = 100
    /// Event streams at one time, of all clients.
    package var eventStreamsMax = 5_000

    package init() {}
}

/// The body of a request did not arrive in its time.
struct BodyTimeout: Error {}
