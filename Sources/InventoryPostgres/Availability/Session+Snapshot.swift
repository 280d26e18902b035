import LibPQ

extension Session {
    /// Reads with several statements as with one: under one snapshot, and as of one instant, which is the transaction's. Two
    /// round trips more than what it reads takes.
    func inSnapshot<Value>(_ read: (Session) throws(PQError) -> Value) throws(PQError) -> Value {
        _ = try query(.beginSnapshot)
        let found = try read(self)
        _ = try query(.commit)
        return found
    }
}

extension Exchange {
    /// For a page of a list. With its total it is read under one snapshot: else one that came in between would be in one of them.
    /// `endList` ends it.
    static func ofList(counted: Bool) -> Exchange {
        var exchange = Exchange()
        if counted { exchange.add(.beginSnapshot) }
        return exchange
    }

    mutating func endList() {
        if !positions(of: .beginSnapshot).isEmpty { add(.commit) }
    }
}

extension Statement {
    /// For reading several statements as of one instant. Those that ask for the time say `transaction_timestamp()`, which is
    /// the same for all of them; a statement by itself is a transaction of its own.
    static let beginSnapshot = Statement("begin_snapshot", sql: "begin isolation level repeatable read read only")
}
