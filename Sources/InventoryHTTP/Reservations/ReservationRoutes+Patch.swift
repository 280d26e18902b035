import HTTPTypes
import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

extension ReservationRoutes {
    private static let mergePatch = "application/merge-patch+json"

    /// operationId: patchReservation
    @Sendable func patch(_ request: Request, context: AppContext) async throws -> Response {
        let id = try reservationID(context)
        let mediaType = request.headers[fields: .contentType].first?.value.prefix { $0 != ";" } ?? ""
        guard mediaType.filter({ $0 != " " }).lowercased() == Self.mergePatch else { throw Self.notAPatch }
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

    /// RFC 5789, section 2.2.
    private static var notAPatch: Problem {
        var problem = Problem(
            .unsupportedMediaType,
            "send the fields to change as a JSON merge patch (RFC 7396), with Content-Type: \(mergePatch)")
        if let name = HTTPField.Name("Accept-Patch") { problem.headers[name] = mergePatch }
        return problem
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
