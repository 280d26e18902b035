import Inventory
import InventoryService
import InventoryWire
import StrictJSON

/// A record as what it is of, or what is wrong with it in the file's words.
enum RecordReading<Value> {
    case value(Value)
    case malformed(String)
}

extension ReadRecord {
    var mapped: MappedRecord? {
        if case .record(let record) = self { record } else { nil }
    }

    /// The record's and its values': these may be many times longer.
    var bytes: Int {
        guard let mapped else { return 0 }
        return mapped.raw.reduce(0) { $0 + $1.utf8.count } + mapped.values.reduce(0) { $0 + $1.value.utf8.count }
    }

    /// One that is no record to be applied.
    var leftOut: ImportRecord {
        switch self {
        case .record(let record): record.rejected("malformedRecord", "")
        case .unfinished: ImportRecord(line: 0, content: .skipped(because: "nothing was read"), fields: [])
        case .skipped(let line, let reason):
            ImportRecord(line: Int64(line), content: .skipped(because: reason), fields: [])
        case .damaged(let line, let problem, let raw):
            ImportRecord(
                line: Int64(line), content: .rejected(code: problem.code, detail: problem.detail, eventID: nil),
                fields: [raw])
        }
    }
}

extension MappedRecord {
    func rejected(_ code: String, _ detail: String) -> ImportRecord {
        ImportRecord(
            line: Int64(line), content: .rejected(code: code, detail: detail, eventID: values["eventId"]), fields: raw)
    }

    /// What the API would read it as.
    /// - Parameter write: makes the API's JSON of it, where it is no JSON yet.
    func read<Value>(
        _ body: ([UInt8]) -> RecordBody<Value>, _ write: (inout JSONWriter, MappedRecord) -> Void
    ) -> RecordReading<Value> {
        var bytes: [UInt8]
        if let json {
            bytes = Array(json.raw)
        } else {
            var writer = JSONWriter()
            write(&writer, self)
            bytes = writer.bytes
        }
        switch body(bytes) {
        case .value(let value): return .value(value)
        case .malformed(let problems):
            return .malformed(problems.map { explained($0.pointer, $0.detail) }.joined(separator: "; "))
        }
    }

    /// With a value where it has none. What a JSON line names besides, `JSONLineNames` completes.
    func with(_ name: String, _ value: String?) -> MappedRecord {
        guard let value, values[name, default: ""].isEmpty, json == nil else { return self }
        var record = self
        record.values[name] = value
        return record
    }
}
