import InventoryHTTP
import Logging

/// What the settings say about connections: TLS, and the proxies in front.
struct NetworkSettings: Sendable {
    var tls: TLSFiles?
    var proxies = TrustedProxies()
    var usesProxyProtocol = false
    /// Whether what is asked most is answered beside the router: ADR 34.
    var hasFastLane = true
    /// Whose pages may read what storefronts show, as browsers name them: `https://shop.example`.
    var corsOrigins: Set<String> = []

    init() {}

    init(_ read: SettingsReader) {
        readTLS(read)
        hasFastLane = read.isOn("http.fast.lane") ?? hasFastLane
        for range in read.words("trusted.proxies") ?? [] {
            if let range = AddressRange(range) {
                proxies.ranges.append(range)
            } else {
                read.refuse(
                    "trusted.proxies",
                    "'\(range)' is not an address or a network; use 10.0.0.7, 10.0.0.0/8 or fd00::/8")
            }
        }
        if let header = read.text("proxy.header") {
            if let known = TrustedProxies.Header(rawValue: header.lowercased()) {
                proxies.header = known
            } else {
                read.refuse(
                    "proxy.header", "'\(header)' is not a header that is read; use x-forwarded-for or forwarded")
            }
        }
        for origin in read.words("cors.origins") ?? [] {
            if origin.wholeMatch(of: /https?:\/\/[a-z0-9.\-\[\]:]+/) != nil {
                corsOrigins.insert(origin)
            } else {
                read.refuse(
                    "cors.origins",
                    "'\(origin)' is not an origin; name each as browsers do, such as https://shop.example, in small "
                        + "letters and without a slash at its end")
            }
        }
        usesProxyProtocol = read.isOn("proxy.protocol") ?? usesProxyProtocol
        if usesProxyProtocol, proxies.ranges.isEmpty {
            read.refuse(
                "proxy.protocol", "is on, and nobody may speak it; name the proxies in HOLDFAST_TRUSTED_PROXIES")
        }
    }

    private mutating func readTLS(_ read: SettingsReader) {
        func path(_ key: String) -> String? { read.text(key).flatMap { $0.isEmpty ? nil : $0 } }
        let clientCA = path("tls.client.ca")
        switch (path("tls.certificate"), path("tls.key")) {
        case (nil, nil):
            if clientCA != nil {
                read.refuse(
                    "tls.client.ca", "has no effect without HOLDFAST_TLS_CERTIFICATE and HOLDFAST_TLS_KEY; set both")
            }
        case (.some, nil):
            read.refuse("tls.key", "is needed with HOLDFAST_TLS_CERTIFICATE; name the file of its private key")
        case (nil, .some):
            read.refuse("tls.certificate", "is needed with HOLDFAST_TLS_KEY; name the file of the certificate")
        case (let certificate?, let key?):
            let files = TLSFiles(certificate: certificate, key: key, clientCA: clientCA)
            do {
                // Only to see that they can be used: the log is not there yet.
                _ = try ServerCertificates(files, logger: Logger(label: "settings") { _ in SwiftLogNoOpLogHandler() })
                tls = files
            } catch let error as UnusableTLSFiles {
                for fault in error.faults { read.refuse(fault.file.key, fault.detail) }
            } catch {
                read.refuse("tls.certificate", "'\(certificate)' cannot be used")
            }
        }
    }

    /// - Throws: `UnusableTLSFiles`, where they have changed since the settings were read.
    func options(logger: Logger) throws -> ConnectionOptions {
        var options = ConnectionOptions()
        options.certificates = try tls.map { try ServerCertificates($0, logger: logger) }
        options.proxies = proxies
        options.usesProxyProtocol = usesProxyProtocol
        return options
    }
}

extension UnusableTLSFiles.File {
    fileprivate var key: String {
        switch self {
        case .certificate: "tls.certificate"
        case .key: "tls.key"
        case .clientCA: "tls.client.ca"
        }
    }
}
