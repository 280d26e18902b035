import Inventory
import InventoryService
import InventoryWire
import StrictJSON

extension JSONWriter {
    /// How a reservation ships; null where nothing of it does.
    mutating func sourcing(_ answer: ReservationAnswer) {
        let reservation = answer.reservation
        guard reservation.lines.contains(where: { $0.method == .ship }) else { return null() }
        object {
            $0.field("objective", reservation.sourcing?.objective.rawValue)
            $0.field("optimal", answer.sourcing?.isOptimal)
            $0.field("attempts", answer.sourcing.map { Int64($0.attempts) })
            $0.money("cost", reservation.shipments.map(\.cost).sum)
            $0.name("shipments")
            $0.array(reservation.shipments) { writer, shipment in
                writer.shipment(
                    shipment.location, day: shipment.day, units: shipment.units,
                    distanceMetres: shipment.distanceMetres, shipment.cost)
            }
            $0.name("passedOver")
            $0.array(answer.sourcing?.passedOver ?? []) { $0.passedOver($1) }
        }
    }

    /// - Parameter day: since 1970-01-01; nil where nothing is promised.
    mutating func shipment(
        _ location: LocationID, day: Int64?, units: Int64, distanceMetres: Int64?, _ cost: Money?
    ) {
        object {
            $0.field("location", location.text)
            $0.field("day", day.map { CivilDate(daysSinceEpoch: $0).description })
            $0.field("units", units)
            $0.distance(distanceMetres.map { Double($0) / 1_000 })
            $0.money("cost", cost)
        }
    }

    mutating func passedOver(_ passed: PassedOver) {
        object {
            $0.field("location", passed.location.text)
            $0.distance(passed.distanceMetres.map { Double($0) / 1_000 })
            $0.money("cost", passed.cost)
            $0.field("reason", passed.reason.rawValue)
        }
    }
}

extension [Money?] {
    /// Nil where one is not known, or where there are several currencies.
    var sum: Money? {
        guard let first = first ?? nil else { return nil }
        var amount: Int64 = 0
        for money in self {
            guard let money, money.currency == first.currency else { return nil }
            amount += money.amount
        }
        return Money(amount: amount, currency: first.currency)
    }
}
