import Hummingbird
import Inventory
import NIOCore
import StrictJSON

/// The one place where an answer that is not a success gets its status code.
enum ProblemCode: String, CaseIterable, Sendable {
    case invalidRequest
    case unauthenticated
    case forbidden
    case notFound
    case methodNotAllowed
    case requestTimeout
    case batchRefused
    case resourceInUse
    case illegalTransition
    case insufficientAvailability
    case reservationNotOpen
    case locationUnavailable
    case saleRestricted
    case cursorExpired
    case preconditionFailed
    case payloadTooLarge
    case unsupportedMediaType
    case unknownReference
    case limitExceeded
    case idempotencyKeyReused
    case rateLimited
    case overloaded
    case internalError

    var status: HTTPResponse.Status {
        switch self {
        case .invalidRequest: .badRequest
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .requestTimeout: .requestTimeout
        case .batchRefused, .resourceInUse, .illegalTransition, .insufficientAvailability, .reservationNotOpen,
            .locationUnavailable, .saleRestricted:
            .conflict
        case .cursorExpired: .gone
        case .preconditionFailed: .preconditionFailed
        case .payloadTooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .unknownReference, .limitExceeded, .idempotencyKeyReused: .unprocessableContent
        case .rateLimited: .tooManyRequests
        case .overloaded: .serviceUnavailable
        case .internalError: .internalServerError
        }
    }

    var title: String {
        switch self {
        case .invalidRequest: "Invalid request"
        case .unauthenticated: "Unauthenticated"
        case .forbidden: "Forbidden"
        case .notFound: "Not found"
        case .methodNotAllowed: "Method not allowed"
        case .requestTimeout: "Request timeout"
        case .batchRefused: "Atomic batch refused"
        case .resourceInUse: "Resource in use"
        case .illegalTransition: "Not allowed in this state"
        case .insufficientAvailability: "Insufficient availability"
        case .reservationNotOpen: "Reservation not open"
        case .locationUnavailable: "Location unavailable"
        case .saleRestricted: "Not sold so"
        case .cursorExpired: "Cursor expired"
        case .idempotencyKeyReused: "Idempotency-Key reused"
        case .preconditionFailed: "Precondition failed"
        case .payloadTooLarge: "Payload too large"
        case .unsupportedMediaType: "Unsupported media type"
        case .unknownReference: "Unknown reference"
        case .limitExceeded: "Limit exceeded"
        case .rateLimited: "Rate limited"
        case .overloaded: "Overloaded"
        case .internalError: "Internal error"
        }
    }
}

/// An RFC 9457 problem, thrown by handlers and rendered by `ProblemMiddleware`.
struct Problem: Error {
    /// One offender: a place in the body, or a parameter.
    struct Entry: Sendable, Hashable {
        var pointer: String?
        var parameter: String?
        var detail: String
    }

    var code: ProblemCode
    /// What a person can do about it. Never SQL, a path of the machine or a stored value.
    var detail: String
    var errors: [Entry] = []
    /// Of `unauthenticated`: the error code of RFC 6750, section 3.1; nil where nothing was sent.
    var challenge: String?
    /// Of `forbidden`: what it needs, any of them; empty where it is not a scope that is missing.
    var scopes: Scopes = []
    /// Of `overloaded` and `rateLimited`: seconds that a client should wait before it tries again.
    var retryAfterSeconds: Int64 = 1
    /// Further headers.
    var headers: HTTPFields = [:]
    /// Further members of the problem.
    var extend: @Sendable (inout JSONWriter) -> Void = { _ in }

    /// - Parameter errors: only the first `ProblemCollector.problemsMax` are said.
    init(_ code: ProblemCode, _ detail: String, errors: [Entry] = []) {
        self.code = code
        self.detail = detail
        self.errors = Array(errors.prefix(ProblemCollector.problemsMax))
    }

    static let mediaType = "application/problem+json"
    /// Characters of a detail and of a pointer; of a parameter's name. Both may quote what a client has sent.
    private static let textLengthMax = 1_024
    private static let nameLengthMax = 128

    var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.field("type", "/problems/\(code.rawValue)")
            $0.field("title", code.title)
            $0.field("status", Int64(code.status.code))
            $0.field("code", code.rawValue)
            $0.field("detail", detail.cut(to: Self.textLengthMax))
            $0.name("errors")
            $0.array(errors) { writer, entry in
                writer.object {
                    $0.field("pointer", entry.pointer?.cut(to: Self.textLengthMax))
                    $0.field("parameter", entry.parameter?.cut(to: Self.nameLengthMax))
                    $0.field("detail", entry.detail.cut(to: Self.textLengthMax))
                }
            }
            extend(&$0)
        }
        return writer.bytes
    }

    /// How to identify oneself, and what was wrong (RFC 6750, section 3); nil for other problems.
    private var authenticate: String? {
        let realm = #"Bearer realm="holdfast""#
        switch code {
        case .unauthenticated: return challenge.map { #"\#(realm), error="\#($0)""# } ?? realm
        case .forbidden:
            let asked = scopes.isEmpty ? "" : #", scope="\#(scopes)""#
            return #"\#(realm), error="insufficient_scope"\#(asked)"#
        default: return nil
        }
    }

    var answer: Answer {
        var headers = headers
        headers[.contentType] = Self.mediaType
        if code == .overloaded || code == .rateLimited { headers[.retryAfter] = String(retryAfterSeconds) }
        headers[.wwwAuthenticate] = authenticate
        return Answer(code.status, headers: headers, body: ByteBuffer(bytes: bytes))
    }

    var response: Response { answer.response }
}

extension Problem {
    /// A body or parameters with something wrong in them.
    static func invalid(_ errors: [Entry]) -> Problem {
        let first = errors.first
        let place = first?.pointer ?? first?.parameter ?? ""
        let others = errors.count > 1 ? " (and \(errors.count - 1) more, see errors)" : ""
        return Problem(.invalidRequest, words(first?.detail ?? "not valid", at: place) + others, errors: errors)
    }

    /// What is wrong at a place; with an empty pointer, with the body as a whole.
    static func words(_ detail: String, at place: String) -> String { place.isEmpty ? detail : "\(place): \(detail)" }

    static func invalid(parameter: String, _ detail: String) -> Problem {
        .invalid([Entry(parameter: parameter, detail: detail)])
    }

    static func notFound(_ what: String) -> Problem {
        Problem(.notFound, "no \(what)")
    }

    static func unknown(parameter: String, _ detail: String) -> Problem {
        Problem(.unknownReference, "\(parameter): \(detail)", errors: [Entry(parameter: parameter, detail: detail)])
    }

    static func unknown(pointer: String, _ detail: String) -> Problem {
        Problem(.unknownReference, words(detail, at: pointer), errors: [Entry(pointer: pointer, detail: detail)])
    }
}

extension String {
    /// Its beginning, where it is longer.
    fileprivate func cut(to lengthMax: Int) -> String {
        // Most are short, and their bytes are counted already.
        guard utf8.count > lengthMax, unicodeScalars.count > lengthMax else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.prefix(lengthMax - 1))) + "…"
    }
}

/// The stable codes, for who holds the contract and the program together.
package enum ProblemCodes {
    package static var all: [String] { ProblemCode.allCases.map(\.rawValue) }
}
