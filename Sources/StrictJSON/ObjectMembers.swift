/// The members of one object: finds them by name, and keeps which were asked for.
///
/// It holds no list of them. A line of sale has seven members and is asked for twenty, so what is not there has to be cheap:
/// one bit for each name that is there says so at once, nearly always. Where a member is, a byte for each of the first names
/// says.
struct ObjectMembers {
    /// A member's place among the members, and the nodes of its name and its value.
    struct Member {
        let position: Int
        let name: Int
        let value: Int
    }

    private let object: Int
    private var count = 0
    /// A bit for each name that is there, by `NameKey`; all of them where a name has an escape.
    private(set) var present: UInt64 = 0
    /// The keys of the first sixteen names, a byte each; 0 where there is none.
    private var keys: (UInt64, UInt64) = (0, 0)
    /// No value is an object or array, so that members are two nodes apart.
    private var isFlat: Bool
    private var hasEscapedNames = false
    /// Whether two names have one bit: only then may one stand twice.
    private(set) var mayRepeatNames = false
    /// A bit for each of the first members that was asked for.
    private var taken: UInt64 = 0
    /// Those behind that were.
    private var takenBeyond: Set<Int> = []

    /// Members whose keys are kept.
    private static let keysMax = 16

    init(of object: Int, in document: JSONDocument) {
        self.object = object
        let end = Int(document.nodes[object].next)
        var name = object + 1
        while name < end {
            let node = document.nodes[name]
            if node.kind == .plainString {
                let key = document.withBytes(of: node) { NameKey($0) }
                if present & key.bit != 0 { mayRepeatNames = true }
                present |= key.bit
                if count < 8 {
                    keys.0 |= key.byte << UInt64(count * 8)
                } else if count < Self.keysMax {
                    keys.1 |= key.byte << UInt64(count * 8 - 64)
                }
            } else {
                (present, mayRepeatNames, hasEscapedNames) = (.max, true, true)
            }
            count += 1
            name = Int(document.nodes[name + 1].next)
        }
        isFlat = end - object == 1 + 2 * count
    }

    /// The value of a member, which counts as asked for from now on.
    @inline(__always)
    mutating func take(_ name: StaticString, in document: JSONDocument) -> Int? {
        guard let member = find(name, in: document) else { return nil }
        take(member.position)
        return member.value
    }

    @inline(__always)
    mutating func take(_ position: Int) {
        if position < UInt64.bitWidth { taken |= 1 << UInt64(position) } else { takenBeyond.insert(position) }
    }

    func isTaken(_ position: Int) -> Bool {
        position < UInt64.bitWidth ? taken & (1 << UInt64(position)) != 0 : takenBeyond.contains(position)
    }

    var isAllTaken: Bool { taken.nonzeroBitCount + takenBeyond.count == count }

    /// - Returns: the first of that name.
    @inline(__always)
    func find(_ name: StaticString, in document: JSONDocument) -> Member? {
        let text = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        let key = NameKey(text)
        guard present & key.bit != 0 else { return nil }
        return find(text, key, in: document)
    }

    private func find(_ text: UnsafeBufferPointer<UInt8>, _ key: NameKey, in document: JSONDocument) -> Member? {
        guard !hasEscapedNames else { return all(in: document).first { document.says(text, at: $0.name) } }
        if let member = find(text, keys.0, from: 0, key, in: document) { return member }
        guard count > 8 else { return nil }
        if let member = find(text, keys.1, from: 8, key, in: document) { return member }
        guard count > Self.keysMax else { return nil }
        return all(in: document).dropFirst(Self.keysMax).first { document.says(text, at: $0.name) }
    }

    /// Among eight members.
    @inline(__always)
    private func find(
        _ text: UnsafeBufferPointer<UInt8>, _ keys: UInt64, from first: Int, _ key: NameKey, in document: JSONDocument
    ) -> Member? {
        var places = ByteWord(keys).places(of: key.byte)
        while places != 0 {
            let position = first + places.trailingZeroBitCount / 8
            guard position < count else { return nil }
            let member = member(at: position, in: document)
            if document.says(text, at: member.name) { return member }
            places &= places - 1
        }
        return nil
    }

    private func member(at position: Int, in document: JSONDocument) -> Member {
        var name = object + 1 + 2 * position
        if !isFlat {
            name = object + 1
            for _ in 0..<position { name = Int(document.nodes[name + 1].next) }
        }
        return Member(position: position, name: name, value: name + 1)
    }

    func all(in document: JSONDocument) -> [Member] {
        var members: [Member] = []
        var name = object + 1
        for position in 0..<count {
            members.append(Member(position: position, name: name, value: name + 1))
            name = Int(document.nodes[name + 1].next)
        }
        return members
    }
}

/// Spreads names over the numbers from 1 to 64: those that a fact may have, each to its own.
struct NameKey {
    let byte: UInt64

    @inline(__always)
    init(_ name: UnsafeBufferPointer<UInt8>) {
        guard name.count > 0 else {
            byte = 1
            return
        }
        let (first, last) = (UInt64(name[0]), UInt64(name[name.count - 1]))
        byte = (first &+ last &* 3 &+ UInt64(truncatingIfNeeded: name.count) &* 8) & 63 &+ 1
    }

    @inline(__always)
    var bit: UInt64 { 1 << (byte &- 1) }
}
