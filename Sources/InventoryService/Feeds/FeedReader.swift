package import Inventory

/// Reads a feed page by page, each in a statement of its own: nothing is held open between two, however slowly the rest
/// is fetched. Each page is as new as its question.
package struct FeedReader {
    package struct Page {
        package let place: FeedPlace
        /// Those without a code are not in the feed.
        package let rows: [FeedRow]
    }

    /// Rows read at a time, and places.
    package static let rowsPerPage = 2_000
    package static let placesPerPage = 500

    private let store: any FeedStore
    private let feed: Feed
    private let rowsPerPage: Int
    private let placesPerPage: Int
    private var places: ArraySlice<FeedPlace> = []
    private var lastPlace: LocationID?
    private var isLastOfPlaces = false
    private var after: ItemNumber?

    package init(
        _ feed: Feed, from store: any FeedStore, rowsPerPage: Int = FeedReader.rowsPerPage,
        placesPerPage: Int = FeedReader.placesPerPage
    ) {
        self.store = store
        self.feed = feed
        self.rowsPerPage = rowsPerPage
        self.placesPerPage = placesPerPage
    }

    /// - Returns: nil at the end.
    package mutating func next() async throws(StoreError) -> Page? {
        while true {
            guard let place = places.first else {
                if isLastOfPlaces { return nil }
                let found = try await store.places(of: feed, after: lastPlace, limit: placesPerPage)
                isLastOfPlaces = found.count < placesPerPage
                lastPlace = found.last?.id ?? lastPlace
                places = found[...]
                continue
            }
            let rows = try await store.rows(of: feed, at: place, after: after, limit: rowsPerPage)
            after = rows.last?.item
            if rows.count < rowsPerPage {
                places = places.dropFirst()
                after = nil
            }
            if !rows.isEmpty { return Page(place: place, rows: rows) }
        }
    }
}
