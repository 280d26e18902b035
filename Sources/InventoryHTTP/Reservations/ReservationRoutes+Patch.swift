import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

extension ReservationRoutes {
    /// operationId: patchReservation
    @Sendable func patch(_ request: Request, context: AppContext) async throws -> Response {
        let id = try reservationID(context)
        try MergePatch.requireMediaType(of: request)
        let versions: Set<Int64>? =
            switch try request.precondition {
            case .none, .exists: nil
            case .versions(let versions): versions
            // Whatever is patched is there.
            case .absent: []
            }
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let amendment = try readBody(body) { ReservationAmendment(patch: &$0) }
        return try await perform(.amend(amendment, onlyVersions: versions), on: id, nil, context)
    }
}

extension Reservation {
    /// Its ETag.
    var tag: String { "\"\(version)\"" }
}

extension AllocationSelection {
    /// Said again it may be about other units than before: those that were taken elsewhere meanwhile.
    var isOpenEnded: Bool {
        switch self {
        case .everything, .lines: true
        case .some: false
        }
    }
}
