import Inventory

/// How exceptions are opened, updated and closed: the only place that writes the table. At most one exception is open
/// for one dedupe key. Each fragment returns the keys it wrote, as `dedupe_key`, for `ChangeLog`.
enum ExceptionSQL {
    /// What becomes of an exception that is open already.
    enum IfOpen {
        case leave
        /// Takes these columns from the new one, where the condition on `e` and `excluded` holds.
        case update([String], where: String? = nil)
    }

    /// - Parameters:
    ///   - columns: those that `rows` gives, in its order.
    ///   - rows: a select. Where several transactions open the same keys, in the order of the keys.
    static func open(_ columns: [String], _ rows: String, ifOpen: IfOpen) -> String {
        """
        insert into exception as e (\(columns.joined(separator: ", ")))
        \(rows)
        on conflict (dedupe_key) where status <> 'resolved' \(ifOpen.action)
        returning e.dedupe_key
        """
    }

    /// Closes what is open of some exceptions.
    /// - Parameters:
    ///   - tables: what names them.
    ///   - condition: which of `e` belong to it.
    ///   - resolution: an SQL expression of text.
    static func close(from tables: String, where condition: String, resolution: String) -> String {
        """
        update exception e
        set status = 'resolved', resolved_at = clock_timestamp(), resolution = \(resolution)
        from \(tables)
        where \(condition) and e.status <> 'resolved'
        returning e.dedupe_key
        """
    }

    /// The key of an exception of a type that is about something.
    /// - Parameters:
    ///   - type: an SQL expression of text.
    ///   - parts: SQL expressions that name what it is about.
    static func dedupeKey(_ type: String, _ parts: String...) -> String {
        ([type] + parts).joined(separator: " || ':' || ")
    }

    static func dedupeKey(_ type: ExceptionType, _ parts: String...) -> String {
        (["'\(type.rawValue)'"] + parts).joined(separator: " || ':' || ")
    }

    /// Assigns exception $1 to $2, or to nobody.
    static let assign = """
        update exception e
        set owner = $2, status = case when $2 is null then 'open' else 'assigned' end,
            assigned_at = case when $2 is null then null else clock_timestamp() end
        where exception_id = $1 and status <> 'resolved'
        returning e.dedupe_key
        """

    /// Settles exception $1 by action $2 with words $3 of person $4. What has closed by itself keeps its time.
    static let resolve = """
        update exception e
        set status = 'resolved', resolved_at = coalesce(resolved_at, clock_timestamp()), action = $2,
            resolution = $3, resolved_by = $4
        where exception_id = $1 and action is null
        returning e.dedupe_key
        """
}

extension ExceptionSQL.IfOpen {
    fileprivate var action: String {
        switch self {
        case .leave: return "do nothing"
        case .update(let columns, let condition):
            let set = columns.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
            return "do update set \(set)" + (condition.map { " where \($0)" } ?? "")
        }
    }
}
