import Inventory
import LibPQ

/// Values that the schema's own checks or our own writes guarantee. One that does not read back is a broken
/// database or program, and going on would spread it.
extension RawRepresentable {
    init(stored rawValue: RawValue) {
        guard let value = Self(rawValue: rawValue) else {
            preconditionFailure("the database holds a \(Self.self) that this program does not know")
        }
        self = value
    }
}

extension Digest {
    init(stored bytes: [UInt8]) {
        guard let digest = Digest(bytes) else { preconditionFailure("a stored digest has 32 bytes") }
        self = digest
    }
}

extension Fingerprint {
    init(stored bytes: [UInt8]) {
        guard let fingerprint = Fingerprint(bytes) else { preconditionFailure("a stored fingerprint has 16 bytes") }
        self = fingerprint
    }
}

extension CounterAccount {
    init(stored rawValue: Int16) {
        guard let account = CounterAccount(rawValue: rawValue) else {
            preconditionFailure("the database holds an account that this program does not know")
        }
        self = account
    }
}

extension Row {
    func timestamp(_ column: Int32) -> Timestamp? {
        timestamptzIfPresent(column).map(Timestamp.init(microseconds:))
    }

    func requiredTimestamp(_ column: Int32) -> Timestamp {
        Timestamp(microseconds: timestamptz(column))
    }
}
