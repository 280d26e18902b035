import NIOCore
import OpenAPIContract
import Synchronization

/// The contract as this process serves it. A demo puts what it has made in the place of what the examples name.
package final class ServedContract: Sendable {
    private let served = Mutex(ByteBuffer(bytes: OpenAPIContract.bytes))

    package init() {}

    var text: ByteBuffer { served.withLock { $0 } }

    package func replace(_ names: ExampleNames) {
        let replaced = ByteBuffer(bytes: names.replaced(in: OpenAPIContract.bytes))
        served.withLock { $0 = replaced }
    }
}

/// What examples name, such as an id that no service has made, and what takes its place.
package struct ExampleNames: Sendable {
    /// By the first byte of the name, longer ones first: a name may begin with another.
    private var byFirstByte = [[(name: [UInt8], value: [UInt8])]](repeating: [], count: 256)

    package init() {}

    /// - Parameter name: not empty.
    package mutating func set(_ name: String, to value: String) {
        let bytes = Array(name.utf8)
        var alike = byFirstByte[Int(bytes[0])].filter { $0.name != bytes }
        let place = alike.firstIndex { $0.name.count < bytes.count } ?? alike.endIndex
        alike.insert((bytes, Array(value.utf8)), at: place)
        byFirstByte[Int(bytes[0])] = alike
    }

    package func replaced(in text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var place = 0
        while place < text.count {
            let found = byFirstByte[Int(text[place])].first { text[place...].starts(with: $0.name) }
            if let found {
                result += found.value
                place += found.name.count
            } else {
                result.append(text[place])
                place += 1
            }
        }
        return result
    }
}
