import StrictJSON
import TestSupport
import Testing

/// Members are found by keys of a byte, many by each key, and texts are searched eight bytes at a time: both are held
/// against what looks at one after the other.
@Suite struct ObjectMembersTests {
    /// Short names, so that many have one key.
    private func randomNames(_ count: Int, _ generator: inout SeededGenerator) -> [String] {
        var names: [String] = []
        while names.count < count {
            var name = ""
            for _ in 0..<Int.random(in: 0..<5, using: &generator) { name += generator.pick(["a", "b", "i", "q"]) }
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    @Test(arguments: seeds)
    func `each of up to a hundred members is found, and no other`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let known: [StaticString] = [
            "", "a", "b", "i", "q", "ab", "ba", "qi", "iq", "aaa", "abi", "qqq", "abia", "iiii", "qabi", "biab",
        ]
        for _ in 0..<200 {
            let names = randomNames(Int.random(in: 0...100, using: &generator), &generator)
            let isNested = generator.isOne(in: 2)
            let members = names.enumerated().map { index, name in
                let value = isNested && index % 3 == 0 ? "[{\"a\":1},2]" : "\(index)"
                return "\(JSONText.quoted(name, escaped: generator.isOne(in: 40))):\(value)"
            }
            let text = "[{\(members.joined(separator: ","))},{\"a\":0}]"
            let object = try #require(JSONDocument(parsing: Array(text.utf8)).root.elements?.first)
            var reader = try #require(ObjectReader(object, ProblemCollector()), "seed \(seed): \(text)")
            for name in known {
                let index = names.firstIndex(of: name.description)
                let found = reader.value(name)
                #expect((found != nil) == (index != nil), "seed \(seed): \(name) in \(text)")
                if let index, let whole = found?.integer { #expect(whole == Int64(index)) }
            }
            let asked = known.map(\.description)
            #expect(reader.unknownNames == names.filter { !asked.contains($0) }, "seed \(seed): \(text)")
            #expect(reader.isExhausted == reader.unknownNames.isEmpty)
        }
    }

    @Test(arguments: seeds)
    func `a name that stands twice is refused wherever it stands`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var names = randomNames(Int.random(in: 1...40, using: &generator), &generator)
            let twice = generator.pick(names)
            names.insert(twice, at: Int.random(in: 0...names.count, using: &generator))
            let members = names.map { "\(JSONText.quoted($0, escaped: generator.isOne(in: 9))):1" }
            let text = "{\(members.joined(separator: ","))}"
            let problems = ProblemCollector()
            #expect(ObjectReader(try JSONDocument(parsing: Array(text.utf8)).root, problems) == nil, "\(text)")
            #expect(problems.problems == [JSONProblem(pointer: "/\(twice)", detail: "duplicate member")], "\(text)")
        }
    }

    @Test(arguments: 0..<40)
    func `a character that ends or changes a string does so at every place`(place: Int) throws {
        let before = String(repeating: "x", count: place)
        for after in ["", "y", String(repeating: "y", count: 20)] {
            func read(_ middle: String) throws -> String? {
                try JSONDocument(parsing: Array("\"\(before)\(middle)\(after)\"".utf8)).root.string
            }
            #expect(try read("") == before + after)
            #expect(try read("\\\"") == "\(before)\"\(after)")
            #expect(try read("é") == "\(before)é\(after)")
            #expect(try read("\u{7F}") == "\(before)\u{7F}\(after)")
            for control in 0..<0x20 as Range<UInt8> {
                let text = Array("\"\(before)".utf8) + [control] + Array("\(after)\"".utf8)
                #expect(throws: JSONSyntaxError(offset: place + 1, reason: .controlCharacter)) {
                    try JSONDocument(parsing: text)
                }
            }
            for middle in ["\"", "\\", "\u{1}", "é", "/"] {
                var writer = JSONWriter()
                writer.object { $0.field("a", before + middle + after) }
                let written = try JSONDocument(parsing: writer.bytes).root.members?.first?.value.string
                #expect(written == before + middle + after)
            }
        }
    }

    @Test(arguments: [0, 7, -7, 10, 99, 100, -12_345, .max, .min, 1_000_000_000_000_000_000] as [Int64])
    func `every number is written with all of its digits`(number: Int64) {
        var writer = JSONWriter(reservingCapacity: 0)
        writer.object {
            $0.field("a", number)
            $0.field("b", plainAtMost: 4) { room in
                room[0] = UInt8(ascii: "t")
                return 1
            }
            $0.field("c", true)
        }
        #expect(writer.text == "{\"a\":\(number),\"b\":\"t\",\"c\":true}")
    }
}

private enum JSONText {
    /// - Parameter escaped: its first character is written by its number.
    static func quoted(_ name: String, escaped: Bool) -> String {
        guard escaped, let first = name.unicodeScalars.first else { return "\"\(name)\"" }
        let digits = String(first.value, radix: 16)
        return "\"\\u" + String(repeating: "0", count: 4 - digits.count) + digits + name.dropFirst() + "\""
    }
}
