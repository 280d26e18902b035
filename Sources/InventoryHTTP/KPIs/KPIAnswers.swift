import Inventory
import InventoryService
import StrictJSON

extension JSONWriter {
    mutating func kpis(_ found: LocationFigures, asOf: Timestamp) {
        let (day, figures) = (found.day, found.figures)
        object {
            $0.field("day", ExportDay(day.day).description)
            $0.field("location", day.location.text)
            $0.field("timeZone", day.timeZone)
            $0.field("from", day.from)
            $0.field("to", day.to)
            $0.field("closed", day.to <= asOf)
            $0.field("lateLines", figures.count(.late))
            $0.name("timeToReady")
            $0.object {
                $0.field("count", figures.count(.timeToReady))
                $0.field("medianSeconds", figures.percentile(50, of: .timeToReady))
                $0.field("p90Seconds", figures.percentile(90, of: .timeToReady))
            }
            $0.name("readyOnTime")
            $0.object {
                $0.field("count", figures.count(.readyOnTime))
                $0.field("onTime", figures.sum(.readyOnTime))
                $0.field("rate", figures.readyOnTimeRate)
            }
            $0.name("notFound")
            $0.object {
                $0.field("units", figures.sum(.notFound))
                $0.field("pickedUnits", figures.sum(.picked))
                $0.field("rate", figures.notFoundRate)
            }
            $0.name("oversold")
            $0.object { $0.field("units", figures.sum(.oversold)) }
            $0.name("fill")
            $0.object {
                $0.field("handedOverUnits", figures.sum(.handedOver))
                $0.field("cancelledUnits", figures.sum(.cancelled))
                $0.field("rate", figures.fillRate)
            }
            $0.name("cancelledBy")
            $0.array(figures.cancellations) { writer, cause in
                writer.object {
                    $0.field("actor", cause.actor?.text)
                    $0.field("reason", cause.reason)
                    $0.field("units", cause.units)
                }
            }
            $0.name("duplicates")
            $0.object { $0.field("lines", figures.sum(.duplicates)) }
            $0.name("silences")
            $0.object {
                $0.field("count", figures.count(.silences))
                $0.field("medianRecoverySeconds", figures.percentile(50, of: .silences))
                $0.field("longestRecoverySeconds", figures.greatest(.silences))
            }
        }
    }

    mutating func kpiEvidence(_ evidence: KPIEvidence) {
        object {
            $0.field("value", evidence.value)
            $0.field("at", evidence.at)
            $0.field("recordedAt", evidence.recordedAt)
            $0.field("sequence", evidence.sequence)
            $0.field("sku", evidence.sku?.text)
            $0.field("reservation", evidence.promise?.reservation.description)
            $0.field("allocation", evidence.promise?.description)
            $0.field("source", evidence.source?.text)
            $0.field("eventId", evidence.event?.reported.text)
            $0.field("actor", evidence.actor?.text)
            $0.field("reason", evidence.reason)
        }
    }
}

extension DailyFigures {
    fileprivate var readyOnTimeRate: Double? { Self.rate(sum(.readyOnTime), of: count(.readyOnTime)) }

    /// Of all that pickers looked for.
    fileprivate var notFoundRate: Double? {
        Self.rate(sum(.notFound), of: sum(.notFound) + sum(.picked))
    }

    /// Of all promises that ended by a handover or a cancellation.
    fileprivate var fillRate: Double? {
        Self.rate(sum(.handedOver), of: sum(.handedOver) + sum(.cancelled))
    }
}

extension CSVText {
    /// Under the names that they have in JSON, with a dot between those of one inside the other; causes of cancellations are
    /// left out.
    mutating func kpis(_ found: [LocationFigures], asOf: Timestamp) {
        record([
            "day", "location", "timeZone", "from", "to", "closed", "lateLines", "timeToReady.count",
            "timeToReady.medianSeconds", "timeToReady.p90Seconds", "readyOnTime.count", "readyOnTime.onTime",
            "readyOnTime.rate", "notFound.units", "notFound.pickedUnits", "notFound.rate", "oversold.units",
            "fill.handedOverUnits", "fill.cancelledUnits", "fill.rate", "duplicates.lines", "silences.count",
            "silences.medianRecoverySeconds", "silences.longestRecoverySeconds",
        ])
        for row in found {
            let (day, figures) = (row.day, row.figures)
            record([
                ExportDay(day.day).description, day.location.text, day.timeZone, "\(day.from)", "\(day.to)",
                "\(day.to <= asOf)", "\(figures.count(.late))", "\(figures.count(.timeToReady))",
                Self.text(figures.percentile(50, of: .timeToReady)),
                Self.text(figures.percentile(90, of: .timeToReady)),
                "\(figures.count(.readyOnTime))", "\(figures.sum(.readyOnTime))", Self.text(figures.readyOnTimeRate),
                "\(figures.sum(.notFound))", "\(figures.sum(.picked))", Self.text(figures.notFoundRate),
                "\(figures.sum(.oversold))", "\(figures.sum(.handedOver))", "\(figures.sum(.cancelled))",
                Self.text(figures.fillRate), "\(figures.sum(.duplicates))", "\(figures.count(.silences))",
                Self.text(figures.percentile(50, of: .silences)), Self.text(figures.greatest(.silences)),
            ])
        }
    }

    mutating func kpiEvidence(_ evidence: [KPIEvidence]) {
        record([
            "value", "at", "recordedAt", "sequence", "sku", "reservation", "allocation", "source", "eventId", "actor",
            "reason",
        ])
        for line in evidence {
            record([
                "\(line.value)", "\(line.at)", Self.text(line.recordedAt), Self.text(line.sequence),
                Self.text(line.sku?.text), Self.text(line.promise?.reservation), Self.text(line.promise),
                Self.text(line.source?.text), Self.text(line.event?.reported.text), Self.text(line.actor?.text),
                line.reason ?? "",
            ])
        }
    }
}
