import HTTPTypes
import Hummingbird

/// Records as RFC 4180 has them. Values are as they are: nothing is put before one that a spreadsheet would take for a formula.
struct CSVText {
    private(set) var bytes: [UInt8] = []
    private let separator: UInt8

    init(separator: UInt8 = 0x2C, reservingCapacity capacity: Int = 0) {
        self.separator = separator
        bytes.reserveCapacity(capacity)
    }

    mutating func record(_ fields: [String]) {
        for (place, field) in fields.enumerated() {
            if place > 0 { bytes.append(separator) }
            append(field)
        }
        bytes.append(contentsOf: [0x0D, 0x0A])
    }

    /// Empty where there is nothing.
    static func text(_ value: (some CustomStringConvertible)?) -> String { value.map { "\($0)" } ?? "" }

    private mutating func append(_ field: String) {
        guard field.utf8.contains(where: { $0 == separator || $0 == 0x22 || $0 < 0x20 }) else {
            bytes.append(contentsOf: field.utf8)
            return
        }
        bytes.append(0x22)
        for byte in field.utf8 {
            if byte == 0x22 { bytes.append(0x22) }
            bytes.append(byte)
        }
        bytes.append(0x22)
    }
}

extension Request {
    /// Whether the client asks for CSV.
    var acceptsCSV: Bool { headers[.accept]?.contains("text/csv") == true }

    /// This question with another cursor, as a reference relative to its host.
    fileprivate func next(_ cursor: String) -> String {
        let others = (uri.query ?? "").split(separator: "&").filter { $0 != "cursor" && !$0.hasPrefix("cursor=") }
        return "\(uri.path)?\((others + ["cursor=\(cursor)"]).joined(separator: "&"))"
    }
}

extension Response {
    private static let link = HTTPField.Name("Link")
    static let csvType = "text/csv; charset=utf-8"

    /// One page as CSV; where the next one is, its header `Link` says (RFC 8288).
    static func csv(
        _ request: Request, headers: HTTPFields = [:], nextCursor: String?, _ write: (inout CSVText) -> Void
    ) -> Response {
        var text = CSVText(reservingCapacity: 65_536)
        write(&text)
        var headers = headers
        headers[.contentType] = csvType
        headers[.vary] = "Accept"
        if let link, let nextCursor { headers[link] = "<\(request.next(nextCursor))>; rel=\"next\"" }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: text.bytes)))
    }
}
