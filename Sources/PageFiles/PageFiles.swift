internal import CEmbeddedFiles

/// A file of `Pages/`, as it was when the program was built.
package struct PageFile: Sendable {
    /// Its path within the folder, such as `js/api.js`.
    package let name: String
    package let bytes: [UInt8]

    /// In the order of their names. A test holds this list and the folder's files together.
    package static let all: [PageFile] = UnsafeBufferPointer(
        start: holdfast_pages, count: holdfast_page_count
    ).map {
        PageFile(
            name: String(cString: $0.name), bytes: Array(UnsafeBufferPointer(start: $0.bytes, count: $0.size)))
    }
}
