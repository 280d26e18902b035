import Inventory

/// Sums of units in SQL. A sum over thousands of balances, each at its bound, is more than 64 bits hold, and a cast that
/// does not fit is an error: so a sum is cut off at `Figures.sumMax`, as the same sums in Swift are.
enum UnitSum {
    /// - Parameters:
    ///   - units: an expression of `int8`.
    ///   - condition: which rows count; nil for all.
    /// - Returns: an expression of `int8`; 0 for no rows.
    static func of(_ units: String, where condition: String? = nil) -> String {
        let filter = condition.map { " filter (where \($0))" } ?? ""
        return "greatest(least(coalesce(sum(\(units))\(filter), 0), \(Figures.sumMax)), -\(Figures.sumMax))::int8"
    }
}
