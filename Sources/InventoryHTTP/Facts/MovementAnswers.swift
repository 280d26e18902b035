import Inventory
import InventoryService
import StrictJSON

extension JSONWriter {
    /// The members `results` and `summary`.
    mutating func results(_ shown: ShownFacts) {
        name("results")
        array(shown.lines) { writer, line in writer.lineAnswer(line, heard: shown.lastHeard) }
        summary(of: shown.lines)
    }

    /// The same of what was shipped or received of a transfer.
    /// - Parameter ids: of the transfer's lines, as they were sent.
    mutating func results(_ shown: ShownFacts, ofTransferLines ids: [String]) {
        name("results")
        array(zip(ids, shown.lines)) { writer, line in
            writer.lineAnswer(line.1, ofTransferLine: line.0, heard: shown.lastHeard)
        }
        summary(of: shown.lines)
    }

    private mutating func summary(of lines: [FactLineAnswer]) {
        name("summary")
        object { writer in
            func count(_ name: StaticString, _ verdict: Verdict) {
                writer.field(name, Int64(lines.count { $0.verdict == verdict }))
            }
            count("applied", .applied)
            count("duplicate", .duplicate)
            count("recordedBeforeCount", .recordedBeforeCount)
            count("appliedUncovered", .appliedUncovered)
            count("parked", .parked)
            count("rejected", .rejected)
            count("notApplied", .notApplied)
        }
    }

    /// - Parameter id: of the line of a transfer that it is about; nil where there is none.
    fileprivate mutating func lineAnswer(
        _ line: FactLineAnswer, ofTransferLine id: String? = nil, heard: [LocationID: Timestamp]?
    ) {
        object {
            if let id { $0.field("line", id) }
            $0.field("eventId", line.eventID)
            $0.field("verdict", line.verdict.name)
            $0.field("firstVerdict", line.firstVerdict?.name)
            $0.field("sequence", line.sequence)
            $0.name("atRisk")
            $0.array(line.atRisk) { writer, promise in
                writer.object {
                    $0.field("reservation", promise.id.reservation.description)
                    $0.field("allocation", promise.id.description)
                    $0.field("uncoveredQuantity", promise.uncoveredQuantity)
                }
            }
            $0.field("atRiskCount", Int64(line.atRiskCount))
            $0.name("warnings")
            $0.array(line.warnings) { $0.value($1) }
            $0.name("problem")
            $0.optional(line.problem) { writer, problem in
                writer.object {
                    $0.field("code", problem.code.rawValue)
                    $0.field("detail", problem.detail)
                    $0.field("pointer", problem.pointer)
                }
            }
            $0.name("availability")
            if let heard {
                $0.optional(line.availability) { $0.availability($1, heard: heard) }
            } else {
                $0.null()
            }
            $0.name("components")
            $0.optional(line.components) { writer, components in
                writer.array(components) { $0.component($1, heard: heard) }
            }
        }
    }

    private mutating func component(_ component: FactLineAnswer.Component, heard: [LocationID: Timestamp]?) {
        object {
            $0.field("sku", component.sku.text)
            $0.field("location", component.location.text)
            $0.field("verdict", component.verdict.name)
            $0.field("sequence", component.sequence)
            $0.field("atRiskCount", Int64(component.atRiskCount))
            $0.name("availability")
            if let heard {
                $0.optional(component.availability) { $0.availability($1, heard: heard) }
            } else {
                $0.null()
            }
        }
    }

    mutating func ledgerEntry(_ entry: LedgerEntry) {
        let line = entry.line
        object {
            $0.field("sequence", entry.sequence)
            $0.field("type", line.kind.name)
            $0.field("sku", entry.sku.text)
            $0.field("location", entry.location.text)
            $0.field("bucket", line.posting?.bucket.name)
            $0.field("counterAccount", line.posting?.counterAccount.name)
            $0.field("units", line.posting?.units ?? 0)
            $0.field("reservedDelta", line.reservedDelta)
            $0.field("holdExpiresAt", line.holdExpiresAt)
            $0.field("reservation", line.promise?.reservation.description)
            $0.field("allocation", line.promise?.description)
            $0.field("occurredAt", line.occurredAt)
            $0.field("recordedAt", line.recordedAt)
            $0.field("claimedAt", line.claimedAt)
            $0.field("source", entry.source.text)
            $0.field("eventId", line.eventID.reported.text)
            $0.field("count", line.count?.description)
            $0.field("transfer", line.transfer?.description)
            $0.field("kit", entry.kit?.text)
            $0.field("reference", line.reference?.text)
            $0.field("reason", line.reason?.text)
            $0.name("attributes")
            $0.optional(line.attributes) { $0.raw($1) }
            $0.field("actor", entry.actor?.text)
            $0.field("corrects", line.corrects)
            $0.field("version", line.version)
            $0.name("balanceAfter")
            $0.object {
                $0.field("onHand", line.after.onHand)
                $0.field("reserved", line.after.reserved)
                $0.field("damaged", line.after.damaged)
                $0.field("inspection", line.after.inspection)
                $0.field("suspect", line.after.suspect)
                $0.field("inTransit", line.after.inTransit)
            }
            $0.field("chain", line.chain.withBytes { $0.hexadecimal })
        }
    }
}

extension Query {
    /// `include=availability`, of requests that are answered line by line.
    mutating func includesAvailability() -> Bool {
        guard let include = text("include") else { return false }
        if include != "availability" { report("include", "may only be availability") }
        return true
    }
}
