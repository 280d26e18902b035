package import Inventory

/// What went wrong below the service, by what the caller does next. Holds no value, no SQL, no path.
package enum StoreError: Error, Sendable, Hashable {
    /// Nothing was written. Answer 503, or try again within the deadline.
    case unavailable
    /// Too much is waiting already; nothing was written. Answer 503 at once.
    case overloaded
    /// Others were in the way more often than the bound allows; nothing was written.
    case conflict(attempts: Int)
    /// Somebody else has rows locked that these commands of the batch need, named by their places in it; nothing was
    /// written. Only those who write batches see it.
    case locked([Int])
    /// The connection ended during the commit. Repeating the same facts tells, since their event ids do.
    /// Holds what had been decided.
    case outcomeUnknown([Outcome])
    /// The store does not do what its own statements expect: a defect, for the log.
    case broken(String)
}
