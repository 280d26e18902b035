import CLibPQ

/// Where the server is and what every session on it is set to.
package struct ConnectionSettings: Sendable {
    /// A `postgresql://` URL or a keyword/value string, as libpq documents them; TLS by `sslmode`,
    /// `sslrootcert`, `sslcert` and `sslkey`. May hold a password: never logged.
    package let url: String
    package var applicationName: String
    /// Seconds for one attempt to connect, `connectTimeoutSecondsMin` or more.
    package var connectTimeoutSeconds: Int
    /// libpq's own floor.
    package static let connectTimeoutSecondsMin = 2
    /// Server settings of the session, such as `lock_timeout`; set right after connecting.
    package var session: [String: String]

    /// - Throws: `InvalidConnectionURL` when libpq cannot read the URL, or will find when it connects that it cannot.
    package init(
        url: String, applicationName: String = "holdfast", connectTimeoutSeconds: Int = 5,
        session: [String: String] = [:]
    ) throws(InvalidConnectionURL) {
        self.url = url
        self.applicationName = applicationName
        self.connectTimeoutSeconds = connectTimeoutSeconds
        self.session = session
        options = try Self.parse(url)
        try Self.check(options)
    }

    private let options: [String: String]

    /// Where the connection leads, without user or password, for logs.
    package var endpoint: String {
        let host = options["host"] ?? options["hostaddr"] ?? "default host"
        return "\(host):\(options["port"] ?? "5432")/\(options["dbname"] ?? options["user"] ?? "default")"
    }

    package var databaseName: String? { options["dbname"] }

    /// The same server and user, another database.
    package func keywords(databaseName: String? = nil) -> [(String, String)] {
        var result = options
        if let databaseName { result["dbname"] = databaseName }
        result["application_name"] = applicationName
        result["connect_timeout"] = String(connectTimeoutSeconds)
        result["client_encoding"] = "UTF8"
        // A peer that is gone without a word is noticed within about 25 seconds.
        for (key, value) in [
            "keepalives": "1", "keepalives_idle": "10", "keepalives_interval": "5",
            "keepalives_count": "3",
        ] where result[key] == nil {
            result[key] = value
        }
        return result.sorted { $0.key < $1.key }
    }

    private static func parse(_ url: String) throws(InvalidConnectionURL) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard let parsed = PQconninfoParse(url, &message) else {
            // libpq's message repeats the URL, password and all, so it goes no further.
            if let message { PQfreemem(message) }
            throw InvalidConnectionURL(reason: nil)
        }
        defer { PQconninfoFree(parsed) }
        var options: [String: String] = [:]
        var option = parsed
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                options[String(cString: keyword)] = String(cString: value)
            }
            option += 1
        }
        return options
    }
}

extension ConnectionSettings {
    /// Options with few values, by libpq's documentation.
    private static let choices: [(name: String, values: [String])] = [
        ("sslmode", ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]),
        ("gssencmode", ["disable", "prefer", "require"]),
        ("channel_binding", ["disable", "prefer", "require"]),
        ("target_session_attrs", ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"]),
    ]

    /// What libpq itself looks at only when it connects, and would then say again and again.
    private static func check(_ options: [String: String]) throws(InvalidConnectionURL) {
        for choice in choices {
            guard let value = options[choice.name], !value.isEmpty, !choice.values.contains(value) else { continue }
            throw InvalidConnectionURL(reason: "\(choice.name) takes \(choice.values.joined(separator: ", "))")
        }
        // With several hosts there may be a port for each.
        let ports = (options["port"] ?? "").split(separator: ",")
        guard ports.allSatisfy({ Int($0).map((1...65_535).contains) ?? false }) else {
            throw InvalidConnectionURL(reason: "a port is a number from 1 to 65535")
        }
    }
}

/// The connection URL is not one that libpq reads or can use. Holds no part of it, since it may hold a password.
package struct InvalidConnectionURL: Error, CustomStringConvertible {
    /// What is wrong with one of its options.
    let reason: String?

    package var description: String {
        (reason.map { "not a PostgreSQL URL that can be used: \($0); write " } ?? "not a PostgreSQL URL; write ")
            + "postgresql://user:password@host:5432/database?sslmode=verify-full"
    }
}
