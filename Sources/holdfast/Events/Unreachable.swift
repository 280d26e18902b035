import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix

/// Nobody answers where a command looks for the service.
struct Unreachable: Error, CustomStringConvertible {
    let description: String

    /// - Parameter url: of the service, or of something in it.
    /// - Returns: nil for every other error.
    init?(_ error: any Error, at url: String) {
        switch error {
        case let error as IOError where error.errnoCode == ECONNREFUSED: break
        case is NIOConnectionError: break
        case let error as HTTPClientError where error == .connectTimeout: break
        default: return nil
        }
        var components = URLComponents(string: url)
        components?.path = ""
        components?.query = nil
        description =
            "no holdfast answers at \(components?.string ?? url); start one there, or name its address with --url"
    }
}
