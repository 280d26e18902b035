import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import StrictJSON

/// Gets an issuer's keys from where they are.
struct IssuerKeySource: Sendable {
    let settings: TokenSettings

    struct Unreachable: Error, CustomStringConvertible {
        let description: String
    }

    private static let timeout: TimeAmount = .seconds(5)
    private static let metadataBytesMax = 64 << 10
    /// Keys come from where the settings or the metadata say, and from nowhere that an answer leads to. Lives as long as the
    /// program, as the library's shared one does.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        return HTTPClient(configuration: configuration)
    }()

    /// - Throws: what went wrong, without anything of an answer.
    func read() async throws(Unreachable) -> [UInt8] {
        switch settings.keys {
        case .file(let path):
            guard let data = try? Data(contentsOf: URL(filePath: path)) else {
                throw Unreachable(description: "the file of the key set cannot be read")
            }
            return Array(data.prefix(IssuerKeySet.bytesMax + 1))
        case .url(let url): return try await get(url, upTo: IssuerKeySet.bytesMax)
        case .discovery: return try await get(discover(), upTo: IssuerKeySet.bytesMax)
        }
    }

    private func discover() async throws(Unreachable) -> String {
        let base = settings.issuer.hasSuffix("/") ? String(settings.issuer.dropLast()) : settings.issuer
        var last = Unreachable(description: "the issuer has no metadata")
        for url in ["\(base)/.well-known/openid-configuration", Self.wellKnown(base)] {
            do throws(Unreachable) {
                return try await keysURL(url)
            } catch {
                last = error
            }
        }
        throw last
    }

    /// RFC 8414, section 3.1: the well-known part stands between the host and the path of the issuer.
    private static func wellKnown(_ issuer: String) -> String {
        guard var parts = URLComponents(string: issuer) else { return issuer }
        parts.path = "/.well-known/oauth-authorization-server" + parts.path
        return parts.string ?? issuer
    }

    private func keysURL(_ metadata: String) async throws(Unreachable) -> String {
        let bytes = try await get(metadata, upTo: Self.metadataBytesMax)
        guard let fields = try? JSONDocument(parsing: bytes).root, let url = fields.member("jwks_uri")?.string else {
            throw Unreachable(description: "the issuer's metadata name no jwks_uri")
        }
        // Whoever answers has to be the issuer that was asked (RFC 8414, section 3.3).
        guard fields.member("issuer")?.string == settings.issuer else {
            throw Unreachable(
                description: "the issuer's metadata are of another issuer; set it exactly as they name it")
        }
        return url
    }

    private func get(_ url: String, upTo bytesMax: Int) async throws(Unreachable) -> [UInt8] {
        guard TokenSettings.isSafe(url) else {
            throw Unreachable(description: "the issuer's keys are not at an https address")
        }
        do {
            var request = HTTPClientRequest(url: url)
            request.headers.add(name: "accept", value: "application/json")
            let response = try await Self.client.execute(request, timeout: Self.timeout)
            guard response.status == .ok else {
                throw Unreachable(description: "the issuer answered \(response.status.code)")
            }
            return Array(buffer: try await response.body.collect(upTo: bytesMax))
        } catch let error as Unreachable {
            throw error
        } catch {
            throw Unreachable(description: "the issuer cannot be reached: \(type(of: error))")
        }
    }
}
