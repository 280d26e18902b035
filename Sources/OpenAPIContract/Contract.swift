internal import CEmbeddedFiles
internal import Foundation

/// The OpenAPI document, as it was when the program was built: inside the program, so it cannot be lost.
package enum OpenAPIContract {
    package static let bytes = Array(
        UnsafeBufferPointer(start: holdfast_contract.bytes, count: holdfast_contract.size))

    /// Of the contract, and so of the program: `info.version`.
    package static let version: String = {
        let mark = "\n  version: "
        let text = String(decoding: bytes.prefix(2_000), as: UTF8.self)
        guard let found = text.range(of: mark) else { preconditionFailure("openapi.yaml has no version") }
        return String(text[found.upperBound...].prefix { $0 != "\n" })
    }()

    /// What each operation needs: `api/operations.txt`, one operation a line.
    package static let operations = String(
        decoding: UnsafeBufferPointer(start: holdfast_operations.bytes, count: holdfast_operations.size), as: UTF8.self)
}
