extension FactChange {
    /// The same of so many times the units.
    /// - Returns: nil for more than a line may have, and for what no label is read of.
    package func times(_ units: Int64) -> FactChange? {
        func times(_ quantity: Quantity) -> Quantity? {
            let (product, overflows) = quantity.units.multipliedReportingOverflow(by: units)
            return overflows ? nil : Quantity(units: product)
        }
        switch self {
        case .opening(let bucket, let quantity): return times(quantity).map { .opening(bucket, $0) }
        case .receipt(let bucket, let quantity): return times(quantity).map { .receipt(bucket, $0) }
        case .sale(let bucket, let quantity): return times(quantity).map { .sale(bucket, $0) }
        case .return(let disposition, let quantity): return times(quantity).map { .return(disposition, $0) }
        case .stateChange(let from, let to, let quantity):
            return times(quantity).map { .stateChange(from: from, to: to, $0) }
        case .vendorReturn(let bucket, let quantity): return times(quantity).map { .vendorReturn(bucket, $0) }
        case .transfer(let bucket, let quantity, let to): return times(quantity).map { .transfer(bucket, $0, to: to) }
        case .adjustment(let bucket, let delta, let reason):
            let (product, overflows) = delta.units.multipliedReportingOverflow(by: units)
            return overflows ? nil : Delta(units: product).map { .adjustment(bucket, $0, reason) }
        case .count(let statement):
            let (product, overflows) = statement.quantity.units.multipliedReportingOverflow(by: units)
            return overflows
                ? nil
                : CountedQuantity(units: product).map {
                    .count(
                        CountStatement(
                            bucket: statement.bucket, quantity: $0, excludesReady: statement.excludesReady))
                }
        default: return nil
        }
    }
}
