import Inventory

/// How exceptions are opened, updated and closed: the only place that writes the table. At most one exception is open
/// for one dedupe key. Each fragment returns the keys it wrote, as `dedupe_key`, for `ChangeLog`.
///
/// A statement sees what was committed before it began. So whoever opens an exception or closes it has locked its cause in
/// an earlier statement, and looks at the cause, and at the exceptions there are, in this one: then the later of two that
/// cross sees what the earlier did (ADR 25 lists the causes and their locks).
enum ExceptionSQL {
    /// What becomes of an exception that is open already.
    enum IfOpen {
        case leave
        /// Takes these columns from the new one, where the condition on `e` and `excluded` holds.
        case update([String], where: String? = nil)
    }

    /// - Parameters:
    ///   - columns: those that `rows` gives, in its order.
    ///   - rows: a select. They are written in the order of their keys, as several transactions may open the same.
    static func open(_ columns: [String], _ rows: String, ifOpen: IfOpen) -> String {
        let names = columns.joined(separator: ", ")
        let inserted =
            switch ifOpen {
            case .leave:
                """
                (\(names))
                select new.* from (\(rows)) as new(\(names))
                where not exists (\(openOne("select")) offset 0)
                """
            case .update:
                """
                (exception_id, \(names)) overriding system value
                select coalesce(known.exception_id, nextval(pg_get_serial_sequence('exception', 'exception_id'))), new.*
                from (\(rows)) as new(\(names))
                left join lateral (\(openOne("select o.exception_id")) offset 0) known on true
                """
            }
        // What is open already takes no number.
        return """
            insert into exception as e \(inserted)
            order by new.dedupe_key collate "C"
            on conflict (dedupe_key) where status <> 'resolved' \(ifOpen.action)
            returning e.dedupe_key
            """
    }

    /// The exception that is open with the key of row `new`.
    private static func openOne(_ select: String) -> String {
        "\(select) from exception o where o.dedupe_key = new.dedupe_key and o.status <> 'resolved'"
    }

    /// Closes what is open of some exceptions.
    /// - Parameters:
    ///   - tables: what names them.
    ///   - condition: which of `e` belong to it.
    ///   - resolution: an SQL expression of text.
    static func close(from tables: String, where condition: String, resolution: String) -> String {
        """
        update exception e
        set status = 'resolved', resolved_at = clock_timestamp(), resolution = \(resolution),
            resolved_xid = pg_current_xact_id()
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
            assigned_at = case when $2 is null then null else clock_timestamp() end,
            assigned_xid = pg_current_xact_id()
        where exception_id = $1 and status <> 'resolved'
        returning e.dedupe_key
        """

    /// Settles exception $1 by action $2 with words $3 of person $4, decision $5. What has closed by itself keeps its time.
    static let resolve = """
        update exception e
        set status = 'resolved', resolved_at = coalesce(resolved_at, clock_timestamp()), action = $2,
            resolution = $3, resolved_by = $4, decision = $5,
            resolved_xid = case when status = 'resolved' then resolved_xid else pg_current_xact_id() end
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
