/// The one encoding of a fact line outside JSON: fingerprints are computed from it, and parked lines are
/// kept in it. Stored for ever, so a new field goes behind the last one, under a new version.
extension FactLine {
    /// The second has what a sale was for, the third also which supply came, the fourth that places are codes; lines without
    /// that keep to the first, as they always were.
    private static let encodingVersions: ClosedRange<UInt8> = 1...4

    package var canonicalBytes: [UInt8] { CanonicalWriter.bytes { write(to: &$0) } }

    /// What the fingerprint of this line is computed from: the known fields as sent.
    package func fingerprint(_ hash: Hash) -> Fingerprint {
        Fingerprint(
            CanonicalWriter.withBytes {
                write(to: &$0)
            } _: {
                hash($0)
            })
    }

    private func write(to writer: inout CanonicalWriter) {
        let hasPlaceCodes = place.id == nil || change.destination.map { $0.id == nil } ?? false
        let version: UInt8 = hasPlaceCodes ? 4 : expectedSupply != nil ? 3 : soldFor != nil ? 2 : 1
        writer.integer(version)
        writer.text(eventID.text)
        switch item {
        case .sku(let sku):
            writer.integer(0 as UInt8)
            writer.text(sku.text)
        case .code(let system, let code):
            writer.integer(1 as UInt8)
            writer.text(system?.text)
            writer.text(code.text)
        }
        writer.text(place.description)
        change.write(to: &writer)
        writer.optionalInteger(occurredAt?.microseconds)
        writer.text(reference?.text)
        writer.optionalInteger(expectedVersion)
        writer.text(attributes)
        if version > 1 {
            writer.text(soldFor?.reservation.text)
            writer.text(soldFor?.line?.text)
        }
        if version > 2 { writer.text(expectedSupply?.text) }
        if version > 3 {
            writer.kind(of: place)
            writer.kind(of: change.destination)
        }
    }

    /// - Returns: nil when the bytes were not made by `canonicalBytes`.
    package init?(canonicalBytes bytes: [UInt8]) {
        var reader = CanonicalReader(bytes)
        guard let version = reader.integer(UInt8.self), Self.encodingVersions.contains(version),
            case .some(.some(let eventID)) = reader.text(),
            let item = ItemReference(from: &reader),
            case .some(.some(let location)) = reader.text(),
            let change = FactChange(from: &reader),
            case .some(let occurredAt) = reader.optionalInteger(),
            case .some(let reference) = reader.text(),
            case .some(let expectedVersion) = reader.optionalInteger(),
            case .some(let attributes) = reader.text()
        else { return nil }
        var soldFor: PromiseReference?
        if version > 1 {
            guard case .some(let reservation) = reader.text(), case .some(let line) = reader.text(),
                version > 2 || reservation != nil
            else { return nil }
            soldFor = reservation.map {
                PromiseReference(reservation: Reference(stored: $0), line: line.map(LineID.init(stored:)))
            }
        }
        var expectedSupply: Reference?
        if version > 2 {
            guard case .some(let supply) = reader.text(), version > 3 || supply != nil else { return nil }
            expectedSupply = supply.map(Reference.init(stored:))
        }
        var place = LocationReference.id(LocationID(stored: location))
        var said = change
        if version > 3 {
            guard let here = LocationReference(location, kindFrom: &reader),
                let there = LocationReference(change.destination?.description ?? "", kindFrom: &reader)
            else { return nil }
            place = here
            if case .transfer(let bucket, let quantity, _) = change { said = .transfer(bucket, quantity, to: there) }
        }
        guard reader.isAtEnd else { return nil }
        self.init(
            eventID: EventID(stored: eventID), item: item, place: place, change: said,
            occurredAt: occurredAt.map(Timestamp.init(microseconds:)),
            reference: reference.map(Reference.init(stored:)), expectedVersion: expectedVersion,
            attributes: attributes, soldFor: soldFor, expectedSupply: expectedSupply)
    }
}

extension LocationReference {
    /// A text that was written before, with what `kind(of:)` wrote of it.
    fileprivate init?(_ text: String, kindFrom reader: inout CanonicalReader) {
        switch reader.integer(UInt8.self) {
        case 0: self = .id(LocationID(stored: text))
        case 1:
            guard case .some(let system) = reader.text() else { return nil }
            self = .code(system: system.map(CodeSystem.init(stored:)), Code(stored: text))
        default: return nil
        }
    }
}

extension CanonicalWriter {
    /// Whether a place is an id, 0, or a code, 1, and then of which system.
    fileprivate mutating func kind(of place: LocationReference?) {
        guard case .code(let system, _)? = place else { return integer(0 as UInt8) }
        integer(1 as UInt8)
        text(system?.text)
    }
}

extension ItemReference {
    fileprivate init?(from reader: inout CanonicalReader) {
        switch reader.integer(UInt8.self) {
        case 0:
            guard case .some(.some(let sku)) = reader.text() else { return nil }
            self = .sku(SKU(stored: sku))
        case 1:
            guard case .some(let system) = reader.text(), case .some(.some(let code)) = reader.text() else {
                return nil
            }
            self = .code(system: system.map(CodeSystem.init(stored:)), Code(stored: code))
        default: return nil
        }
    }
}

extension FactChange {
    fileprivate func write(to writer: inout CanonicalWriter) {
        writer.integer(kind.rawValue)
        switch self {
        case .opening(let bucket, let quantity), .receipt(let bucket, let quantity), .sale(let bucket, let quantity),
            .vendorReturn(let bucket, let quantity):
            writer.integer(bucket.rawValue)
            writer.integer(quantity.units)
        case .return(let disposition, let quantity):
            writer.integer(disposition.bucket.rawValue)
            writer.integer(quantity.units)
        case .adjustment(let bucket, let delta, let reason):
            writer.integer(bucket.rawValue)
            writer.integer(delta.units)
            writer.text(reason.text)
        case .stateChange(let from, let to, let quantity):
            writer.integer(from.rawValue)
            writer.integer(to.rawValue)
            writer.integer(quantity.units)
        case .count(let statement):
            writer.integer(statement.bucket.rawValue)
            writer.integer(statement.quantity.units)
            writer.integer(statement.excludesReady ? 1 as UInt8 : 0)
        case .transfer(let bucket, let quantity, let to):
            writer.integer(bucket.rawValue)
            writer.integer(quantity.units)
            writer.text(to.description)
        case .ship(let step):
            writer.integer(Bucket.inTransit.rawValue)
            step.write(to: &writer)
        case .receive(let step, let bucket):
            writer.integer(bucket.rawValue)
            step.write(to: &writer)
        }
    }

    fileprivate init?(from reader: inout CanonicalReader) {
        guard let kind = reader.integer(Int16.self).flatMap(FactKind.init(rawValue:)),
            let bucket = reader.integer(Int16.self).flatMap(Bucket.init(rawValue:))
        else { return nil }
        if kind == .adjustment {
            guard let delta = reader.integer(Int64.self).flatMap(Delta.init(units:)),
                case .some(.some(let reason)) = reader.text()
            else { return nil }
            self = .adjustment(bucket, delta, Reason(stored: reason))
            return
        }
        if kind == .ship || kind == .receive {
            guard let step = TransferStep(from: &reader) else { return nil }
            self = kind == .ship ? .ship(step) : .receive(step, bucket)
            return
        }
        if kind == .count {
            guard let counted = bucket.settledBy, counted.bucket == bucket,
                let quantity = reader.integer(Int64.self).flatMap(CountedQuantity.init(units:)),
                let excludesReady = reader.integer(UInt8.self), excludesReady < 2
            else { return nil }
            self = .count(
                CountStatement(bucket: counted, quantity: quantity, excludesReady: excludesReady == 1))
            return
        }
        let destination: Bucket?
        if kind == .stateChange {
            guard let to = reader.integer(Int16.self).flatMap(Bucket.init(rawValue:)) else { return nil }
            destination = to
        } else {
            destination = nil
        }
        guard let quantity = reader.integer(Int64.self).flatMap(Quantity.init(units:)) else { return nil }
        switch (kind, destination) {
        case (.opening, _): self = .opening(bucket, quantity)
        case (.receipt, _): self = .receipt(bucket, quantity)
        case (.sale, _): self = .sale(bucket, quantity)
        case (.vendorReturn, _): self = .vendorReturn(bucket, quantity)
        case (.stateChange, .some(let to)): self = .stateChange(from: bucket, to: to, quantity)
        case (.transfer, _):
            guard case .some(.some(let to)) = reader.text() else { return nil }
            self = .transfer(bucket, quantity, to: .id(LocationID(stored: to)))
        case (.return, _):
            guard let disposition = Disposition.allCases.first(where: { $0.bucket == bucket }) else { return nil }
            self = .return(disposition, quantity)
        default: return nil
        }
    }
}
