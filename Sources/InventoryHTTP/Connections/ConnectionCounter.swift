import Synchronization

/// How many connections each address has, so that no one address takes all of them. It knows no more addresses than
/// there are connections.
final class ConnectionCounter: Sendable {
    private let max: Int
    private let counts = Mutex<[IPAddress: Int]>([:])

    init(max: Int) { self.max = max }

    /// - Returns: false where the address has as many as it may have. Otherwise `ended` is to be called once.
    func begin(_ address: IPAddress) -> Bool {
        counts.withLock { counts in
            let count = counts[address.network, default: 0]
            guard count < max else { return false }
            counts[address.network] = count + 1
            return true
        }
    }

    func ended(_ address: IPAddress) {
        counts.withLock { counts in
            guard let count = counts[address.network] else { return }
            counts[address.network] = count > 1 ? count - 1 : nil
        }
    }
}
