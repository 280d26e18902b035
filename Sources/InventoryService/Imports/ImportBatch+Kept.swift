import Inventory

/// Locations that are there already: a file changes none of them, and says so.
extension ImportBatch {
    /// - Parameter verdict: what becomes of the record, whatever it says.
    func keep(
        _ location: Location, _ record: ImportRecord, as verdict: ImportVerdict, _ outcome: inout Outcome
    ) async throws(StoreError) {
        let known = try await targets.master.location(location.id)?.value
        let ignored = known.map { location.fields(otherThan: $0, of: record.named) } ?? []
        guard !ignored.isEmpty else { return outcome.add(verdict, record) }
        let words =
            "the location is there and stays as it is; the file says otherwise of \(ignored.joined(separator: ", ")): "
            + "to change it, use PATCH /v1/locations/\(location.id)"
        outcome.add(verdict, record, code: "note", (record.notes + [words]).joined(separator: "; "))
    }
}

extension Location {
    /// Fields of a file by what they set; every field that a file of locations may have but the id.
    private static let filled: [(field: String, isSame: @Sendable (Location, Location) -> Bool)] = [
        ("name", { $0.name == $1.name }), ("kind", { $0.kind == $1.kind }), ("status", { $0.status == $1.status }),
        ("mode", { $0.mode == $1.mode }), ("coordinates", { $0.coordinates == $1.coordinates }),
        ("latitude", { $0.coordinates?.latitude == $1.coordinates?.latitude }),
        ("longitude", { $0.coordinates?.longitude == $1.coordinates?.longitude }),
        ("timeZone", { $0.timeZone == $1.timeZone }), ("openingHours", { $0.openingHours == $1.openingHours }),
        ("leadTimeMinutes", { $0.leadTimeMinutes == $1.leadTimeMinutes }), ("priority", { $0.priority == $1.priority }),
        ("dailyCapacity", { $0.dailyCapacity == $1.dailyCapacity }),
        ("capabilities", { $0.capabilities == $1.capabilities }),
        ("pickupWindowHours", { $0.pickupWindowHours == $1.pickupWindowHours }),
        ("latePickup", { $0.latePickup == $1.latePickup }),
        ("silenceLimitSeconds", { $0.silenceLimitSeconds == $1.silenceLimitSeconds }),
        ("lagBuffer", { $0.lagBuffer == $1.lagBuffer }),
        ("costPerShipment", { $0.costPerShipment == $1.costPerShipment }),
        ("costPerKm", { $0.costPerKm == $1.costPerKm }),
    ]

    /// - Parameter named: those that the file says something of.
    fileprivate func fields(otherThan known: Location, of named: Set<String>) -> [String] {
        Self.filled.filter { named.contains($0.field) && !$0.isSame(self, known) }.map(\.field)
    }
}
