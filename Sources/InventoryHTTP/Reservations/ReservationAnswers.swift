import Inventory
import InventoryService
import StrictJSON

extension JSONWriter {
    /// - Parameters:
    ///   - coordinates: of its locations, where they are known and it is shipped.
    ///   - notes: for who picks it.
    mutating func reservation(
        _ answer: ReservationAnswer, _ coordinates: [LocationID: Coordinates], _ alternatives: [Alternative] = [],
        proposals: [MoveProposal] = [], notes: PickNotes = .none
    ) {
        let reservation = answer.reservation
        object {
            $0.field("id", reservation.id.description)
            $0.field("state", reservation.state(at: answer.asOf).rawValue)
            $0.field("reference", reservation.reference?.text)
            $0.name("attributes")
            $0.object { writer in
                for entry in reservation.attributes.entries { writer.field(named: entry.name, entry.value) }
            }
            $0.field("owner", reservation.owner?.text)
            $0.field("channel", reservation.channel?.text)
            $0.field("method", reservation.method.rawValue)
            $0.field("location", reservation.location.text)
            $0.field("transfer", reservation.transfer?.description)
            $0.field("createdAt", reservation.createdAt)
            $0.field("expiresAt", reservation.expiresAt)
            $0.field("dueAt", reservation.dueAt)
            $0.field("renewals", Int64(reservation.renewals))
            $0.field("version", reservation.version)
            $0.field("atRisk", !answer.uncovered.isEmpty)
            $0.name("pickup")
            $0.optional(reservation.pickup) { $0.pickup($1) }
            $0.name("claim")
            $0.optional(reservation.claim.flatMap { $0.until > answer.asOf ? $0 : nil }) { writer, claim in
                writer.object {
                    $0.field("by", claim.by)
                    $0.field("expiresAt", claim.until)
                }
            }
            $0.name("shipTo")
            $0.optional(reservation.shipTo) { writer, point in
                writer.object {
                    $0.field("latitude", point.latitude)
                    $0.field("longitude", point.longitude)
                }
            }
            $0.name("lines")
            $0.array(reservation.lines.enumerated()) { writer, element in
                writer.reservationLine(element.offset, element.element, answer, coordinates, notes)
            }
            $0.name("sourcing")
            $0.sourcing(answer)
            $0.name("alternatives")
            $0.array(alternatives) { $0.alternative($1) }
            $0.name("proposals")
            $0.array(proposals) { $0.proposal($1) }
            $0.field("asOf", answer.asOf)
        }
    }

    private mutating func pickup(_ pickup: Pickup) {
        object {
            $0.field("code", pickup.code)
            $0.field("readyBy", pickup.readyBy)
            $0.field("pickupBy", pickup.pickupBy)
            $0.field("arrivedAt", pickup.arrival?.at)
            $0.field("place", pickup.arrival?.place)
            $0.field("note", pickup.arrival?.note)
        }
    }

    private mutating func reservationLine(
        _ index: Int, _ line: ReservationLine, _ answer: ReservationAnswer,
        _ coordinates: [LocationID: Coordinates], _ notes: PickNotes
    ) {
        let reservation = answer.reservation
        object {
            $0.field("id", line.id.text)
            $0.field("sku", line.sku.text)
            $0.field("name", notes.names[line.sku])
            $0.field("location", line.location.text)
            $0.field("method", line.method.rawValue)
            $0.field("requested", line.requested)
            $0.field("quantity", reservation.quantity(ofLine: index))
            $0.name("components")
            $0.components(line.components)
            $0.name("allocations")
            $0.array(reservation.allocations.filter { $0.line == index }) { writer, allocation in
                writer.object {
                    $0.field("id", AllocationID(reservation: reservation.id, number: allocation.number).description)
                    $0.field("sku", allocation.sku.text)
                    $0.field("name", notes.names[allocation.sku])
                    $0.field("location", allocation.location.text)
                    $0.field("bin", notes.bins[.init(sku: allocation.sku, location: allocation.location)])
                    $0.field("quantity", allocation.quantity)
                    $0.field("state", reservation.state(of: allocation, at: answer.asOf).name)
                    $0.field("fulfilled", allocation.fulfilled)
                    $0.field("released", allocation.released)
                    $0.field("returned", allocation.returned)
                    $0.field("restockPending", allocation.restockPending)
                    $0.field("uncoveredQuantity", answer.uncovered[allocation.number] ?? 0)
                    let there = coordinates[allocation.location]
                    $0.distance(
                        reservation.shipTo.flatMap { to in there.map { $0.distanceKm(to: to) } })
                }
            }
        }
    }

    /// What one kit is made of.
    mutating func components(_ components: [Item.Component]) {
        array(components) { writer, component in
            writer.object {
                $0.field("sku", component.sku.text)
                $0.field("quantity", component.quantity)
            }
        }
    }

    private mutating func proposal(_ proposal: MoveProposal) {
        object {
            $0.name("allocations")
            $0.array(proposal.parts) { writer, part in
                writer.object {
                    $0.field("id", part.allocation.description)
                    $0.field("quantity", part.units)
                }
            }
            $0.field("location", proposal.location.text)
        }
    }

    mutating func alternative(_ alternative: Alternative) {
        object {
            $0.field("kind", alternative.kind.rawValue)
            $0.field("location", alternative.location?.text)
            $0.distance(alternative.distanceKm)
            $0.field("availableFrom", alternative.availableFrom)
            $0.name("lines")
            $0.array(alternative.lines) { writer, line in
                writer.object {
                    $0.field("id", line.id.text)
                    $0.field("sku", line.sku.text)
                    $0.field("location", line.location?.text)
                    $0.field("quantity", line.quantity)
                    $0.field("availableToSell", line.availableToSell)
                }
            }
        }
    }
}

extension Problem {
    /// What is short, and where else it is.
    /// - Parameter locationsMax: how many locations the order was to be split over; nil where that was not said.
    static func insufficient(
        _ lines: [ShortLine], _ alternatives: [Alternative], locationsMax: Int? = nil
    ) -> Problem {
        let shortages = Shortage.all(of: lines)
        let first = shortages.first.map { short in
            let place = short.location.map { " at '\($0)'" } ?? ""
            let there = short.location == nil ? "to ship now" : "available"
            return "\(short.requested) of '\(short.sku)' asked for\(place), \(short.available) \(there)"
        }
        let isSplit = shortages.allSatisfy { $0.location == nil && $0.requested <= $0.available }
        let more = shortages.count > 1 ? " (and \(shortages.count - 1) more items)" : ""
        let detail =
            if let stopped = shortages.first(where: \.isSaleStopped) {
                "the sale of '\(stopped.sku)' is stopped everywhere (stopSale); take it off the order"
            } else if let short = shortages.first(where: { $0.restriction != nil }), let rule = short.restriction {
                "'\(short.sku)' is not sold so from anywhere: sale restriction '\(rule)'; take it off the order, or choose "
                    + "another method"
            } else if !isSplit || shortages.isEmpty {
                "\(first ?? "not enough")\(more); ask for less, or elsewhere"
            } else if locationsMax != nil {
                "that few locations cannot cover it all; raise maxSplits, or ask for less"
            } else {
                "the locations that have it cannot give it all in one order; ask for less"
            }
        var problem = Problem(.insufficientAvailability, detail)
        problem.extend = { writer in
            writer.name("lines")
            writer.array(shortages) { writer, short in
                writer.object {
                    $0.field("id", short.ids[0].text)
                    $0.name("ids")
                    $0.array(short.ids) { $0.value($1.text) }
                    $0.field("sku", short.sku.text)
                    $0.field("location", short.location?.text)
                    $0.field("requested", short.requested)
                    $0.field("available", short.available)
                    $0.field(
                        "reason",
                        short.isSaleStopped ? "stopSale" : short.restriction == nil ? "short" : "saleRestriction")
                    $0.field("saleRestriction", short.restriction?.text)
                }
            }
            writer.name("alternatives")
            writer.array(alternatives) { $0.alternative($1) }
        }
        return problem
    }
}

/// What is short of one item at one place, over all lines that ask for it.
private struct Shortage {
    var ids: [LineID]
    let sku: SKU
    let location: LocationID?
    var requested: Int64
    let available: Int64
    var isSaleStopped: Bool
    let restriction: StockRuleID?

    /// In the order in which lines first ask.
    static func all(of lines: [ShortLine]) -> [Shortage] {
        var shortages: [Shortage] = []
        for line in lines {
            if let known = shortages.firstIndex(where: { $0.sku == line.sku && $0.location == line.location }) {
                shortages[known].ids.append(line.id)
                shortages[known].requested += line.requested
                shortages[known].isSaleStopped = shortages[known].isSaleStopped || line.isSaleStopped
            } else {
                shortages.append(
                    Shortage(
                        ids: line.askers.isEmpty ? [line.id] : line.askers.map(\.id), sku: line.sku,
                        location: line.location, requested: line.requested,
                        available: line.available, isSaleStopped: line.isSaleStopped,
                        restriction: line.restriction))
            }
        }
        return shortages
    }
}
