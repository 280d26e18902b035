/// One signed request.
package struct WebhookRequest: Sendable {
    package let url: WebhookURL
    /// In order.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package init(url: WebhookURL, headers: [(name: String, value: String)], body: [UInt8]) {
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// What came of a request.
package enum WebhookResponse: Sendable, Hashable {
    /// - Parameter retryAfterSeconds: what the header says.
    case answered(status: Int, retryAfterSeconds: Int64?)
    /// No connection, no TLS, no answer in time, or an address that is not allowed; with words that an operator may see.
    case unreachable(String)

    /// What a delivery comes to.
    package enum Meaning: Sendable, Hashable {
        case delivered
        /// The endpoint does not work; the same request again later.
        case failed(String, retryAfterSeconds: Int64?)
        /// The endpoint works and does not take this message.
        case refused(String)
        /// The endpoint answered 410: it is gone for good.
        case gone
    }

    package var meaning: Meaning {
        switch self {
        case .unreachable(let why): .failed(why, retryAfterSeconds: nil)
        case .answered(let status, let wait):
            switch status {
            case 200..<300: .delivered
            case 410: .gone
            case 408, 425, 429: .failed("answered \(status)", retryAfterSeconds: wait)
            case 400..<500: .refused("answered \(status)")
            case 300..<400: .failed("answered \(status), and redirects are not followed", retryAfterSeconds: nil)
            default: .failed("answered \(status)", retryAfterSeconds: wait)
            }
        }
    }

    package var status: Int64? {
        if case .answered(let status, _) = self { Int64(status) } else { nil }
    }

    /// Nil where it was delivered.
    package var error: String? {
        switch meaning {
        case .delivered: nil
        case .failed(let why, _), .refused(let why): why
        case .gone: "answered 410 Gone, so nothing more is sent to it"
        }
    }
}

/// Sends requests to addresses that strangers named.
package protocol WebhookSender: Sendable {
    /// What is wrong with an address, as far as can be seen without asking for it; nil for nothing.
    func objection(to url: WebhookURL) -> String?

    /// Sends one request and reads its answer, within `WebhookLimits.sendSecondsMax`.
    func send(_ request: WebhookRequest) async -> WebhookResponse
}
