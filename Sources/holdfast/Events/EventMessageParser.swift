/// One message of a stream of Server-Sent Events.
struct EventMessage: Sendable, Equatable {
    /// `message` where the stream names none.
    var event = "message"
    var data = ""
    /// The last id that the stream has said, with this message or before it.
    var id: String?
}

/// Reads a stream of Server-Sent Events piece by piece, as the HTML standard, section 9.2.6, says.
struct EventMessageParser {
    /// A line, or the data of one message, has no more bytes.
    static let bytesMax = 16 << 20

    struct TooLong: Error {}

    /// The last id that the stream has said, also without a message.
    private(set) var lastID: String?
    /// Milliseconds to wait before coming back; nil until the stream says so.
    private(set) var retryMilliseconds: Int?

    private var line: [UInt8] = []
    private var isAfterReturn = false
    private var isFirstLine = true
    private var id: String?
    private var event = ""
    private var data: String?

    init(after lastID: String?) {
        self.lastID = lastID
        id = lastID
    }

    /// A connection has ended: what was not complete is thrown away.
    mutating func startAnew() {
        (line, event, data, id) = ([], "", nil, lastID)
        (isAfterReturn, isFirstLine) = (false, true)
    }

    /// - Returns: the messages that are complete with these bytes.
    mutating func read(_ bytes: some Sequence<UInt8>) throws(TooLong) -> [EventMessage] {
        var messages: [EventMessage] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n") where isAfterReturn: isAfterReturn = false
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                isAfterReturn = byte == UInt8(ascii: "\r")
                if let message = endLine() { messages.append(message) }
            default:
                isAfterReturn = false
                line.append(byte)
                guard line.count <= Self.bytesMax else { throw TooLong() }
            }
        }
        guard (data?.utf8.count ?? 0) <= Self.bytesMax else { throw TooLong() }
        return messages
    }

    private mutating func endLine() -> EventMessage? {
        if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        isFirstLine = false
        defer { line.removeAll(keepingCapacity: true) }
        guard !line.isEmpty else { return endMessage() }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        let text = String(decoding: value, as: UTF8.self)
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "event": event = text
        case "data": data = data.map { "\($0)\n\(text)" } ?? text
        case "id": if !text.utf8.contains(0) { id = text }
        case "retry":
            if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { retryMilliseconds = Int(text) }
        // A comment begins with the colon.
        default: break
        }
        return nil
    }

    private mutating func endMessage() -> EventMessage? {
        lastID = id
        defer { (event, data) = ("", nil) }
        guard let data, !data.isEmpty else { return nil }
        return EventMessage(event: event.isEmpty ? "message" : event, data: data, id: lastID)
    }
}
