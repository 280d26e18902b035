import InventoryService
import InventoryWire
import StrictJSON

extension Problem {
    /// What a client is told of trouble below. The log says more.
    init(_ error: StoreError) {
        switch error {
        case .unavailable:
            self.init(.overloaded, "the database cannot be reached; send the same request again")
        case .overloaded:
            self.init(.overloaded, "too many requests are waiting; send the same request again, more slowly")
        case .conflict, .locked:
            self.init(.overloaded, "other requests kept changing the same data; send the same request again")
        case .outcomeUnknown:
            self.init(
                .overloaded, "the outcome is not known yet; send the same request again, it counts once")
        case .broken:
            self.init(.internalError, "internal error; nothing was changed")
        }
    }

    init(_ error: UnreadableBody) {
        switch error {
        case .invalid(let problems):
            self = .invalid(problems.map { .init(pointer: $0.pointer, detail: $0.detail) })
        case .tooMany(let count, let max, let pointer):
            let detail = "has \(count) elements where \(max) are allowed; send it in parts"
            self.init(.limitExceeded, "\(pointer): \(detail)", errors: [.init(pointer: pointer, detail: detail)])
        case .incomplete: self.init(.invalidRequest, "the body is not complete")
        }
    }

    /// Of a key that came with another request before.
    static var requestKeyReused: Problem {
        Problem(
            .idempotencyKeyReused,
            "this Idempotency-Key was used for another request; use a new key for each request")
    }

    init(_ rejection: MasterRejection) {
        switch rejection {
        case .preconditionFailed(let current):
            self.init(
                .preconditionFailed,
                current.map { "the current version is \"\($0)\"; read it again, then decide" }
                    ?? "the object does not exist")
        case .unknownReference(let pointer, let detail): self = .unknown(pointer: pointer, detail)
        case .resourceInUse(let detail): self.init(.resourceInUse, detail)
        case .invalid(let pointer, let detail): self = .invalid([.init(pointer: pointer, detail: detail)])
        case .channelTaken(let group):
            self.init(.resourceInUse, "channel is already taken by location group '\(group)'; a channel has one group")
        case .requestKeyReused: self = .requestKeyReused
        case .notFound: self = .notFound("object has this id")
        }
    }
}
