import Inventory
package import InventoryService
import LibPQ

/// Lists of locations, by id or by who was heard longest ago.
extension PostgresCatalogStore {
    package func locations(
        _ filter: LocationFilter, in order: LocationOrder, _ page: PageRequest
    ) async throws(StoreError) -> Page<ListedLocation> {
        try await self.page(
            page, list: .locationList(order), count: .locationCount,
            filter: {
                $0.bool(filter.silent)
                $0.text(filter.status?.rawValue)
                $0.text(filter.mode?.rawValue)
                $0.within(filter.within)
            },
            after: {
                switch order {
                case .id: $0.text(page.after ?? "")
                case .lastHeardAt:
                    let parts = page.after?.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false) ?? []
                    // A cursor is what a client sends: a time that nobody can have been heard at must not reach the database.
                    let heardAt = parts.first.flatMap { Int64($0) }.map(Timestamp.init(microseconds:))
                    $0.timestamptz(heardAt.flatMap { Timestamp.accepted.contains($0) ? $0.microseconds : nil })
                    $0.text(parts.count > 1 ? String(parts[1]) : "")
                }
            }, ListedLocation.init)
    }
}

/// What is listed of location `l` besides its own columns and its version.
private enum ListedColumn: Int32, SelectedColumn {
    case heardAt, openPromises

    var selected: String {
        switch self {
        case .heardAt: "l.last_word"
        case .openPromises: OpenPromises.countOfListed
        }
    }
}

extension ListedLocation {
    fileprivate init(_ row: Row) {
        let listed = ColumnReader<ListedColumn>(row, from: LocationColumn.count + 1)
        self.init(
            stored: Stored<Location>(row), heardAt: listed.timestamp(.heardAt),
            openPromises: listed.int8(.openPromises))
    }
}

extension Statement {
    fileprivate static func locationList(_ order: LocationOrder) -> Statement {
        switch order {
        case .id: locationListByID
        case .lastHeardAt: locationListByLastWord
        }
    }

    private static let locationListByID = Statement(
        "location_list", filter + [.text, .int8], sql: listed(after: "l.id > $5", order: "l.id", limit: "$6"))

    private static let locationListByLastWord = Statement(
        "location_list_by_last_word", filter + [.timestamptz, .text, .int8],
        sql: listed(
            after: "(\(lastWord("h.at")), l.id) > (\(lastWord("$5::timestamptz")), $6)",
            order: "\(lastWord("l.last_word")), l.id", limit: "$7"))

    /// Who was never heard comes first.
    private static func lastWord(_ at: String) -> String { "coalesce(\(at), '-infinity')" }

    private static func listed(after: String, order: String, limit: String) -> String {
        """
        with page as materialized (
            select l.*, h.at as last_word
            from location l
            cross join lateral (
                select max(h.heard_at) as at from location_heard h where h.location_id = l.location_id
            ) h
            where \(isListed) and \(after)
            order by \(order.replacing("l.last_word", with: "h.at")) limit \(limit)
        ), \(OpenPromises.split(over: "page"))
        select \(LocationColumn.selectList), version, \(ListedColumn.selectList)
        from page l
        order by \(order)
        """
    }

    fileprivate static let locationCount = Statement(
        "location_count", filter, sql: "select count(*) from location l where \(isListed)")

    private static let filter: [PQType] = [.bool, .text, .text, .textArray]

    /// `$1` is whether only silent locations are asked for, or only others; then the status, the mode, and where the client
    /// may look.
    private static let isListed = """
        l.deleted_at is null and ($1::bool is null or (\(isSilent)) = $1)
        and ($2::text is null or l.status = $2) and ($3::text is null or l.mode = $3)
        and \(AvailabilitySQL.isWithin("$4"))
        """
}
