import Crypto
import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

struct FeedRoutes {
    let store: any FeedStore
    let limits: HTTPLimits
    let slots: StreamSlots

    /// Of the text: raised when it is written otherwise from the same figures.
    private static let textVersion = 1

    func add(to router: RouterGroup<AppContext>) {
        router.put("feeds/{name}", use: put)
        router.get("feeds/{name}", use: get)
        router.delete("feeds/{name}", use: delete)
        router.get("feeds", use: list)
    }

    /// operationId: getFeed
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let name = try context.identifier("name", FeedKind.self)
        var query = Query(request)
        try query.finish()
        guard let (feed, state) = try await store.feed(name) else {
            throw Problem.notFound("feed has the name '\(name)'")
        }
        // Weak: what is sent may be newer than its tag, never older.
        let digest = SHA256.hash(data: Array("\(Self.textVersion) \(name) \(state)".utf8))
        let tag = "\"\(digest.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[..<12]).hexadecimal })\""
        var headers = AvailabilityRoutes.revalidated
        headers[.eTag] = "W/\(tag)"
        headers[.vary] = "Accept-Encoding"
        if try request.hasAlready(tag) { return Response(status: .notModified, headers: headers) }
        headers[.contentType] =
            feed.separator == .tab ? "text/tab-separated-values; charset=utf-8" : Response.csvType
        let store = store
        return .streamed(request, headers: headers, slot: try slots.take()) { FeedPages(feed, from: store) }
    }

    /// operationId: putFeed
    @Sendable func put(_ request: Request, context: AppContext) async throws -> Response {
        let name = try context.identifier("name", FeedKind.self)
        let precondition = try request.precondition
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let feed = try readBody(body) { Feed(from: &$0, name: name) }
        let result = try await store.putFeed(feed, precondition, by: context.caller.actor)
        return try putResponse(result) { $0.feed($1) }
    }

    /// operationId: deleteFeed
    @Sendable func delete(_ request: Request, context: AppContext) async throws -> Response {
        let name = try context.identifier("name", FeedKind.self)
        let precondition = try request.precondition
        return try await deleteResponse(store.deleteFeed(name, precondition, by: context.caller.actor))
    }

    /// operationId: listFeeds
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        let cursor = CursorCodec("feeds")
        var query = Query(request)
        let page = query.page(cursor)
        try query.finish()
        let feeds = try await store.feeds(page)
        return .json { writer in
            writer.object {
                feeds.write(to: &$0, "feeds", cursor: cursor, key: { $0.value.name.text }) { $0.feed($1) }
            }
        }
    }
}

/// The text of a feed: its header, and then a page of records at a time.
private struct FeedPages: StreamedPages {
    private let text: FeedText
    private var reader: FeedReader
    private var isHeaderGiven = false

    init(_ feed: Feed, from store: any FeedStore) {
        text = FeedText(feed)
        reader = FeedReader(feed, from: store)
    }

    mutating func next() async throws -> [UInt8]? {
        guard isHeaderGiven else {
            isHeaderGiven = true
            return text.header
        }
        return try await reader.next().map(text.lines)
    }
}

extension JSONWriter {
    fileprivate mutating func feed(_ stored: Stored<Feed>) {
        let feed = stored.value
        object {
            $0.field("name", feed.name.text)
            $0.field("format", feed.format.rawValue)
            $0.field("separator", feed.separator.rawValue)
            $0.field("pickupMethod", feed.pickupMethod.rawValue)
            $0.field("group", feed.group?.text)
            $0.field("channel", feed.channel?.text)
            $0.field("itemCodeSystem", feed.itemCodeSystem?.text)
            $0.field("version", stored.version)
        }
    }
}
