import Hummingbird
import Inventory
import InventoryService
import NIOCore
import StrictJSON

extension JSONWriter {
    mutating func importJob(_ job: StoredImport) {
        object { writer in
            writer.field("id", job.id.text)
            writer.field("kind", job.order.kind.rawValue)
            writer.field("name", job.order.name)
            writer.field("state", job.state.rawValue)
            writer.field("dryRun", job.order.isDryRun)
            writer.field("mapping", job.order.mappingID?.text)
            writer.field("source", job.order.source?.text)
            writer.field("codeSystem", job.order.codeSystem?.text)
            writer.field("bytesReceived", job.bytesReceived)
            writer.field("recordsTotal", job.recordsTotal)
            writer.field("recordsDone", job.progress.recordsDone)
            writer.name("counts")
            writer.object {
                for (verdict, name) in verdictNames { $0.field(name, job.progress.counts[verdict]) }
            }
            writer.name("skippedBecause")
            writer.array(job.progress.skipped) { writer, entry in
                writer.object {
                    $0.field("reason", entry.reason)
                    $0.field("count", entry.count)
                }
            }
            writer.name("problem")
            writer.optional(job.problem) { writer, problem in
                writer.object {
                    $0.field("code", problem.code)
                    $0.field("detail", problem.detail)
                    $0.field("line", problem.line)
                }
            }
            writer.field("reportedLines", Int64(job.progress.reported))
            writer.field("reportTruncated", job.progress.isReportTruncated)
            writer.field("createdAt", job.createdAt)
            writer.field("startedAt", job.startedAt)
            writer.field("finishedAt", job.finishedAt)
        }
    }

    mutating func reportLine(_ line: ImportReportLine) {
        object {
            $0.field("line", line.line)
            $0.field("eventId", line.eventID)
            $0.field("verdict", line.verdict.rawValue)
            $0.field("code", line.code)
            $0.field("detail", line.detail)
            $0.field("raw", line.raw)
        }
    }
}

private let verdictNames: [(ImportVerdict, StaticString)] = [
    (.applied, "applied"), (.duplicate, "duplicate"), (.recordedBeforeCount, "recordedBeforeCount"),
    (.appliedUncovered, "appliedUncovered"), (.parked, "parked"), (.rejected, "rejected"), (.stored, "stored"),
    (.unchanged, "unchanged"), (.skipped, "skipped"), (.conflict, "conflict"), (.sound, "sound"), (.matched, "matched"),
    (.withinTolerance, "withinTolerance"), (.explained, "explained"), (.variance, "variance"),
    (.corrected, "corrected"),
    (.unknown, "unknown"),
]

/// A whole report as CSV, page by page.
enum ImportReportCSV {
    private static let linesPerPage = 1_000

    static func response(_ imports: ImportService, _ id: ImportID, _ verdict: ImportVerdict?) -> Response {
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer(string: "line,eventId,verdict,code,detail,raw\r\n"))
            var after: Int64 = 0
            while true {
                let lines = try await imports.report(id, verdict: verdict, after: after, limit: linesPerPage)
                guard let last = lines.last else { break }
                var text = CSVText()
                for line in lines {
                    text.record([
                        "\(line.line)", line.eventID ?? "", line.verdict.rawValue, line.code, line.detail, line.raw,
                    ])
                }
                try await writer.write(ByteBuffer(bytes: text.bytes))
                after = last.line
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: Response.csvType], body: body)
    }
}
