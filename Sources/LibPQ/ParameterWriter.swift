/// Microseconds between 1970-01-01 and 2000-01-01, where PostgreSQL's timestamps begin.
package let postgresEpochMicroseconds: Int64 = 946_684_800_000_000

/// Appends parameters in PostgreSQL's binary format to one growing buffer.
///
/// Order and types must be those of the statement; `Exchange` checks the count and the types.
package struct ParameterWriter {
    struct Slot {
        let type: PQType
        let offset: Int
        /// -1 marks SQL NULL.
        let length: Int
    }

    private(set) var bytes: [UInt8] = []
    private(set) var slots: [Slot] = []

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        slots.removeAll(keepingCapacity: true)
    }

    package mutating func int8(_ value: Int64?) { scalar(.int8, value) { $0.append($1) } }
    package mutating func int4(_ value: Int32?) { scalar(.int4, value) { $0.append($1) } }
    package mutating func int2(_ value: Int16?) { scalar(.int2, value) { $0.append($1) } }
    package mutating func float8(_ value: Double?) { scalar(.float8, value) { $0.append($1.bitPattern) } }
    package mutating func bool(_ value: Bool?) { scalar(.bool, value) { $0.append(UInt8($1 ? 1 : 0)) } }
    package mutating func text(_ value: String?) { scalar(.text, value) { $0.append(utf8: $1) } }
    package mutating func bytea(_ value: [UInt8]?) { scalar(.bytea, value) { $0.append(contentsOf: $1) } }

    /// - Parameter value: microseconds since 1970-01-01 UTC.
    package mutating func timestamptz(_ value: Int64?) {
        scalar(.timestamptz, value) { $0.append($1 - postgresEpochMicroseconds) }
    }

    /// - Parameter value: valid JSON text. The leading byte is jsonb's wire version.
    package mutating func jsonb(_ value: String?) {
        scalar(.jsonb, value) {
            $0.append(1 as UInt8)
            $0.append(utf8: $1)
        }
    }

    package mutating func int8s(_ values: some Collection<Int64?>) {
        array(.int8Array, of: .int8, values) { $0.append($1) }
    }
    package mutating func int4s(_ values: some Collection<Int32?>) {
        array(.int4Array, of: .int4, values) { $0.append($1) }
    }
    package mutating func int2s(_ values: some Collection<Int16?>) {
        array(.int2Array, of: .int2, values) { $0.append($1) }
    }
    package mutating func bools(_ values: some Collection<Bool?>) {
        array(.boolArray, of: .bool, values) { $0.append(UInt8($1 ? 1 : 0)) }
    }
    package mutating func float8s(_ values: some Collection<Double?>) {
        array(.float8Array, of: .float8, values) { $0.append($1.bitPattern) }
    }
    package mutating func texts(_ values: some Collection<String?>) {
        array(.textArray, of: .text, values) { $0.append(utf8: $1) }
    }
    package mutating func byteas(_ values: some Collection<[UInt8]?>) {
        array(.byteaArray, of: .bytea, values) { $0.append(contentsOf: $1) }
    }
    /// - Parameter values: microseconds since 1970-01-01 UTC.
    package mutating func timestamptzs(_ values: some Collection<Int64?>) {
        array(.timestamptzArray, of: .timestamptz, values) { $0.append($1 - postgresEpochMicroseconds) }
    }

    private mutating func scalar<Value>(
        _ type: PQType, _ value: Value?, _ write: (inout [UInt8], Value) -> Void
    ) {
        let start = bytes.count
        guard let value else {
            slots.append(Slot(type: type, offset: start, length: -1))
            return
        }
        write(&bytes, value)
        slots.append(Slot(type: type, offset: start, length: bytes.count - start))
    }

    /// The array format: dimensions, a has-nulls flag, the element type, then per dimension its size
    /// and lower bound, then each element behind its length. An empty array has no dimension.
    private mutating func array<Value>(
        _ type: PQType, of element: PQType, _ values: some Collection<Value?>,
        _ write: (inout [UInt8], Value) -> Void
    ) {
        let start = bytes.count
        bytes.append(Int32(values.isEmpty ? 0 : 1))
        bytes.append(1 as Int32)
        bytes.append(element.rawValue)
        if !values.isEmpty {
            bytes.append(Int32(values.count))
            bytes.append(1 as Int32)
        }
        for value in values {
            guard let value else {
                bytes.append(-1 as Int32)
                continue
            }
            let lengthAt = bytes.count
            bytes.append(0 as Int32)
            write(&bytes, value)
            bytes.overwrite(Int32(bytes.count - lengthAt - 4), at: lengthAt)
        }
        slots.append(Slot(type: type, offset: start, length: bytes.count - start))
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func append(utf8 value: String) {
        append(contentsOf: value.utf8)
    }

    fileprivate mutating func overwrite(_ value: Int32, at offset: Int) {
        Swift.withUnsafeBytes(of: value.bigEndian) { bytes in
            for (index, byte) in bytes.enumerated() { self[offset + index] = byte }
        }
    }
}
