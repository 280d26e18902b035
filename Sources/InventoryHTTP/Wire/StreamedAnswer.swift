import Gzip
import Hummingbird
import InventoryService
import NIOCore
import Synchronization

/// How many long answers a process sends at one time: each takes its turns on the connections of reports.
package final class StreamSlots: Sendable {
    /// More are refused with 503.
    package static let slotsMax = 8

    private let taken = Mutex(0)
    private let slotsMax: Int

    package init(slotsMax: Int = StreamSlots.slotsMax) { self.slotsMax = slotsMax }

    /// - Throws: `Problem` when all are taken.
    package func take() throws -> StreamSlot {
        let isFree = taken.withLock { taken in
            guard taken < slotsMax else { return false }
            taken += 1
            return true
        }
        guard isFree else {
            throw Problem(.overloaded, "\(slotsMax) long answers are being sent already; ask again in a moment")
        }
        return StreamSlot(slots: self)
    }

    fileprivate func giveBack() { taken.withLock { $0 -= 1 } }
}

/// One long answer's place; it is free again when the answer is gone, sent or not.
package final class StreamSlot: Sendable {
    private let slots: StreamSlots

    fileprivate init(slots: StreamSlots) { self.slots = slots }

    deinit { slots.giveBack() }
}

/// What a long answer is made of, one page after the other.
protocol StreamedPages {
    /// - Returns: the next page; nil at the end.
    mutating func next() async throws -> [UInt8]?
}

extension Response {
    /// A long answer, page by page: what is in memory of it does not grow with it, and a slow client holds up nobody. An
    /// error on the way ends the connection, so that nobody takes half for the whole.
    /// - Parameters:
    ///   - asGzipFile: it is a gzip file itself, and not packed for the way.
    ///   - pages: makes them; not called where only the head is asked for. They are made on the thread for bulk work.
    static func streamed(
        _ request: Request, headers: HTTPFields, slot: StreamSlot, asGzipFile: Bool = false,
        _ pages: @escaping @Sendable () -> some StreamedPages
    ) -> Response {
        let isPacked = asGzipFile || request.acceptsGzip
        var headers = headers
        if isPacked, !asGzipFile { headers[.contentEncoding] = "gzip" }
        let answer = StreamedAnswer(makePages: pages, isPacked: isPacked, slot: slot)
        let body = ResponseBody { writer in
            try await withTaskExecutorPreference(BulkExecutor.shared) { try await writer.write(answer) }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }
}

/// The pages of an answer as they are sent, packed if its client takes that.
private struct StreamedAnswer<Pages: StreamedPages>: AsyncSequence, Sendable {
    let makePages: @Sendable () -> Pages
    let isPacked: Bool
    let slot: StreamSlot

    struct AsyncIterator: AsyncIteratorProtocol {
        var pages: Pages
        let gzip: GzipWriter?
        var isAtEnd = false

        mutating func next() async throws -> ByteBuffer? {
            while !isAtEnd {
                guard let page = try await pages.next() else {
                    isAtEnd = true
                    return gzip.map { ByteBuffer(bytes: $0.finish()) }
                }
                // zlib often waits for more.
                let packed = gzip.map { $0.write(page) } ?? page
                if !packed.isEmpty { return ByteBuffer(bytes: packed) }
            }
            return nil
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(pages: makePages(), gzip: isPacked ? GzipWriter() : nil)
    }
}

extension Request {
    /// RFC 9110, section 12.5.3.
    var acceptsGzip: Bool {
        var everything: Bool?
        for entry in headers[values: .acceptEncoding].flatMap({ $0.split(separator: ",") }) {
            let parts = entry.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let coding = parts.first else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if coding == "gzip" || coding == "x-gzip" { return quality > 0 }
            if coding == "*" { everything = quality > 0 }
        }
        return everything ?? false
    }
}
