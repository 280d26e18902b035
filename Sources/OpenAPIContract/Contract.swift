internal import CEmbeddedFiles

/// The OpenAPI document, as it was when the program was built: inside the program, so it cannot be lost.
package enum OpenAPIContract {
    package static let bytes = Array(
        UnsafeBufferPointer(start: holdfast_contract.bytes, count: holdfast_contract.size))

    /// What each operation needs: `api/operations.txt`, one operation a line.
    package static let operations = String(
        decoding: UnsafeBufferPointer(start: holdfast_operations.bytes, count: holdfast_operations.size), as: UTF8.self)
}
