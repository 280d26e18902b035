import ArgumentParser
import Foundation

/// Where a command finds the service that it talks to.
struct ServiceAddress {
    /// Such as `http://127.0.0.1:8080`, without a slash at its end.
    let base: String

    /// - Parameter url: as the user gave it; nil: where the settings say that the service listens.
    init(_ url: String?, _ options: SettingsOptions) async throws {
        guard let url, !url.isEmpty else {
            let settings = try await Settings.load(options)
            let scheme = settings.network.tls == nil ? "http" : "https"
            let host = settings.httpHost.contains(":") ? "[\(settings.httpHost)]" : settings.httpHost
            base = "\(scheme)://\(host):\(settings.httpPort)"
            return
        }
        guard let components = URLComponents(string: url), components.host != nil,
            ["http", "https"].contains(components.scheme)
        else { throw ValidationError("--url is an http or https address, such as http://127.0.0.1:8080") }
        base = url.hasSuffix("/") ? String(url.dropLast()) : url
    }
}
