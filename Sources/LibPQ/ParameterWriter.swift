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

    package mutating func null(_ type: PQType) { slots.append(Slot(type: type, offset: bytes.count, length: -1)) }

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

    // Arrays: element by element from a function, so that no column is copied first, and not generic, so that it costs
    // no more across modules.

    package mutating func int8s(count: Int, _ value: (Int) -> Int64?) {
        array(.int8Array, of: .int8, count) { bytes, index in value(index).map { bytes.append($0) } }
    }
    package mutating func int4s(count: Int, _ value: (Int) -> Int32?) {
        array(.int4Array, of: .int4, count) { bytes, index in value(index).map { bytes.append($0) } }
    }
    package mutating func int2s(count: Int, _ value: (Int) -> Int16?) {
        array(.int2Array, of: .int2, count) { bytes, index in value(index).map { bytes.append($0) } }
    }
    package mutating func bools(count: Int, _ value: (Int) -> Bool?) {
        array(.boolArray, of: .bool, count) { bytes, index in value(index).map { bytes.append(UInt8($0 ? 1 : 0)) } }
    }
    package mutating func float8s(count: Int, _ value: (Int) -> Double?) {
        array(.float8Array, of: .float8, count) { bytes, index in value(index).map { bytes.append($0.bitPattern) } }
    }
    package mutating func texts(count: Int, _ value: (Int) -> String?) {
        array(.textArray, of: .text, count) { bytes, index in value(index).map { bytes.append(utf8: $0) } }
    }
    package mutating func byteas(count: Int, _ value: (Int) -> [UInt8]?) {
        array(.byteaArray, of: .bytea, count) { bytes, index in value(index).map { bytes.append(contentsOf: $0) } }
    }
    /// - Parameter value: microseconds since 1970-01-01 UTC.
    package mutating func timestamptzs(count: Int, _ value: (Int) -> Int64?) {
        array(.timestamptzArray, of: .timestamptz, count) { bytes, index in
            value(index).map { bytes.append($0 - postgresEpochMicroseconds) }
        }
    }

    // The same for a column of something: one element for each of `elements`.

    @inlinable package mutating func int8s<E>(_ elements: [E], _ value: (E) -> Int64?) {
        int8s(count: elements.count) { value(elements[$0]) }
    }
    @inlinable package mutating func int4s<E>(_ elements: [E], _ value: (E) -> Int32?) {
        int4s(count: elements.count) { value(elements[$0]) }
    }
    @inlinable package mutating func int2s<E>(_ elements: [E], _ value: (E) -> Int16?) {
        int2s(count: elements.count) { value(elements[$0]) }
    }
    @inlinable package mutating func bools<E>(_ elements: [E], _ value: (E) -> Bool?) {
        bools(count: elements.count) { value(elements[$0]) }
    }
    @inlinable package mutating func float8s<E>(_ elements: [E], _ value: (E) -> Double?) {
        float8s(count: elements.count) { value(elements[$0]) }
    }
    @inlinable package mutating func texts<E>(_ elements: [E], _ value: (E) -> String?) {
        texts(count: elements.count) { value(elements[$0]) }
    }
    @inlinable package mutating func byteas<E>(_ elements: [E], _ value: (E) -> [UInt8]?) {
        byteas(count: elements.count) { value(elements[$0]) }
    }
    @inlinable package mutating func timestamptzs<E>(_ elements: [E], _ value: (E) -> Int64?) {
        timestamptzs(count: elements.count) { value(elements[$0]) }
    }

    package mutating func int8s(_ values: [Int64?]) { int8s(count: values.count) { values[$0] } }
    package mutating func int4s(_ values: [Int32?]) { int4s(count: values.count) { values[$0] } }
    package mutating func int2s(_ values: [Int16?]) { int2s(count: values.count) { values[$0] } }
    package mutating func bools(_ values: [Bool?]) { bools(count: values.count) { values[$0] } }
    package mutating func float8s(_ values: [Double?]) { float8s(count: values.count) { values[$0] } }
    package mutating func texts(_ values: [String?]) { texts(count: values.count) { values[$0] } }
    package mutating func byteas(_ values: [[UInt8]?]) { byteas(count: values.count) { values[$0] } }
    package mutating func timestamptzs(_ values: [Int64?]) { timestamptzs(count: values.count) { values[$0] } }

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
    /// - Parameter write: appends one element's bytes, or returns nil for NULL and appends nothing.
    private mutating func array(
        _ type: PQType, of element: PQType, _ count: Int, _ write: (inout [UInt8], Int) -> Void?
    ) {
        let start = bytes.count
        bytes.append(Int32(count == 0 ? 0 : 1))
        bytes.append(1 as Int32)
        bytes.append(element.rawValue)
        if count > 0 {
            bytes.append(Int32(count))
            bytes.append(1 as Int32)
        }
        for index in 0..<count {
            let lengthAt = bytes.count
            bytes.append(-1 as Int32)
            if write(&bytes, index) != nil { bytes.overwrite(Int32(bytes.count - lengthAt - 4), at: lengthAt) }
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
