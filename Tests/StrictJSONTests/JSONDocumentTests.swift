import Foundation
import StrictJSON
import TestSupport
import Testing

@Suite struct JSONDocumentTests {
    @Test(arguments: [
        (
            ["{\"b\":1,\"a\":[true,null]}", " { \"a\" : [ true , null ], \"b\" : 1.0e0 } "],
            "{\"a\":[true,null],\"b\":1}"
        ),
        (["\"\\u00e9\\/\"", "\"é/\""], "\"é/\""),
        (["10", "1e1", "10.00", "100E-1"], "10"),
        (["0", "-0", "0.0", "0e9"], "0"),
        (["0.5", "5e-1", "0.50"], "0.5"),
        (["-12.25", "-1225e-2"], "-12.25"),
        (["1e400", "10e399"], "1e400"),
        (["1e-400"], "1e-400"),
        (["123456789012345678901234567890"], "123456789012345678901234567890"),
        (["1e99999999999999999999999"], "1e99999999999999999999999"),
        (["{}", "{ }"], "{}"),
    ])
    func `one value has one canonical text`(spellings: [String], canonical: String) throws {
        for text in spellings {
            #expect(try JSONDocument(parsing: Array(text.utf8)).root.canonicalText == canonical, "\(text)")
        }
    }

    @Test func `values that differ have other canonical texts`() throws {
        let texts = [
            "1", "\"1\"", "1.1", "-1", "[1]", "{\"1\":1}", "true", "null", "[]", "{}", "\"é\"", "\"e\\u0301\"",
        ]
        let canonical = try texts.map { try JSONDocument(parsing: Array($0.utf8)).root.canonicalText }
        #expect(Set(canonical.map { Array($0.utf8) }).count == texts.count)
    }

    @Test(arguments: [
        "{}", "[]", " [1 , 2]\n", "0", "-0", "1.5e-3", "\"\"", "true", "null", "{\"a\":{\"b\":[{}]}}",
        "\"\\u00e9\\ud83d\\ude00\\n\\/\"", "\"é日😀\"", "[\"\u{7F}\"]", "{\"\":0}", "[1E+2]", "\"\\u0000\"",
    ])
    func `well-formed text is read`(text: String) throws {
        _ = try JSONDocument(parsing: Array(text.utf8))
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1,]", "{\"a\":1,}", "[1 2]", "{\"a\" 1}", "{a:1}", "{1:1}", "'a'", "01", "-", "+1", ".5",
        "1.", "1e", "0x1", "NaN", "Infinity", "nul", "True", "[1]]", "{} {}", "\"a", "\"\\x\"", "\"\\u12\"",
        "\"\\u12G4\"",
        "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\\ud800x\"", "\"\n\"", "\"\t\"", "[\"a\",]", ",", "]",
        "{\"a\":}", "{,}", "[,1]", "{\"a\":1 \"b\":2}", "//x\n1", "[1,\n2,", "{\"a\":[}", "\u{FEFF}{}", "tru",
    ])
    func `malformed text is refused`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONDocument(parsing: Array(text.utf8)) }
    }

    @Test(
        arguments: [
            [0x22, 0xC0, 0xAF, 0x22], [0x22, 0x80, 0x22], [0x22, 0xE0, 0x80, 0x80, 0x22],
            [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22], [0x22, 0xFF, 0x22], [0x22, 0xC3],
            [0xEF, 0xBB, 0xBF, 0x7B, 0x7D], [0xFF, 0xFE, 0x7B, 0x00],
        ] as [[UInt8]])
    func `bytes that are not UTF-8, or start with a byte-order mark, are refused`(bytes: [UInt8]) {
        #expect(throws: JSONSyntaxError.self) { try JSONDocument(parsing: bytes) }
    }

    @Test func `nesting is bounded`() throws {
        let deepest = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        _ = try JSONDocument(parsing: Array(deepest.utf8))
        #expect(throws: JSONSyntaxError(offset: 32, reason: .tooDeep)) {
            try JSONDocument(parsing: Array("[\(deepest)]".utf8))
        }
        let endless = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONSyntaxError(offset: 32, reason: .tooDeep)) { try JSONDocument(parsing: endless) }
    }

    @Test(
        arguments: [
            ("9223372036854775807", .max), ("9223372036854775808", nil), ("-9223372036854775808", .min),
            ("-9223372036854775809", nil), ("1.0", 1), ("1e2", 100), ("-0", 0), ("12", 12), ("\"1\"", nil),
            ("4.0000", 4), ("-4.0", -4), ("4.5", nil), ("45e-1", nil), ("40e-1", 4), ("0.0", 0), ("-0.0", 0),
            ("9007199254740993.0", 9_007_199_254_740_993), ("9223372036854775807.00", .max),
            ("9223372036854775808.0", nil), ("1e18", 1_000_000_000_000_000_000), ("1e19", nil), ("1e400", nil),
            ("1e-400", nil), ("0.1e1", 1), ("4.00000000000000000000000000001", nil),
        ] as [(String, Int64?)])
    func `an integer is a number that is whole, however it is written, and nothing is rounded`(
        text: String, value: Int64?
    ) throws {
        #expect(try JSONDocument(parsing: Array(text.utf8)).root.integer == value)
    }

    @Test func `strings are decoded`() throws {
        let text = "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\uD83D\\uDE00é\""
        #expect(try JSONDocument(parsing: Array(text.utf8)).root.string == "a\"\\/\u{8}\u{C}\n\r\tAé😀é")
    }

    @Test(arguments: seeds)
    func `no damaged text crashes, and whatever is accepted Foundation accepts too`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let original = Array(
            "{\"source\":\"pos\",\"lines\":[{\"eventId\":\"é\\u00e9\",\"quantity\":-12.5e3,\"a\":null,\"b\":[true]}]}"
                .utf8)
        for _ in 0..<3_000 {
            var bytes = original
            for _ in 0...Int.random(in: 0..<3, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(generator.pick(Array("{}[],:\"\\0e-. ".utf8)), at: place)
                }
            }
            guard let document = try? JSONDocument(parsing: bytes) else { continue }
            _ = document.root.firstDuplicateName()
            let accepted = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            #expect(accepted != nil, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
        }
    }
}

@Suite struct ObjectReaderTests {
    private func read(_ text: String, _ body: (inout ObjectReader) -> Void) throws -> [JSONProblem] {
        let problems = ProblemCollector()
        if var reader = ObjectReader(try JSONDocument(parsing: Array(text.utf8)).root, problems) {
            body(&reader)
            reader.refuseUnknown()
        }
        return problems.problems
    }

    @Test func `every offender is named with its place`() throws {
        let problems = try read("{\"a\":1.5,\"b\":\"x\",\"d/e~\":1}") {
            _ = $0.integer("a", in: 0...9)
            _ = $0.boolean("b")
            _ = $0.string("c", isRequired: true)
        }
        #expect(problems.map(\.pointer) == ["/a", "/b", "/c", "/d~1e~0"])
    }

    @Test func `null counts as absent`() throws {
        var value: String? = "x"
        #expect(try read("{\"a\":null}") { value = $0.string("a") }.isEmpty)
        #expect(value == nil)
        #expect(try read("{\"a\":null}") { _ = $0.string("a", isRequired: true) }.map(\.pointer) == ["/a"])
    }

    @Test func `a name that stands twice is refused, escaped or not`() throws {
        #expect(try read("{\"a\":1,\"\\u0061\":2}") { _ in }.map(\.pointer) == ["/a"])
    }

    @Test func `something that is no object is refused`() throws {
        #expect(try read("[]") { _ in } == [JSONProblem(pointer: "", detail: "must be an object, not an array")])
    }
}

@Suite struct JSONWriterTests {
    @Test(arguments: seeds)
    func `what is written is read back`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let scalars: [Unicode.Scalar] = ["a", "\"", "\\", "\n", "\u{0}", "\u{1F}", "é", "😀", "/", "\u{7F}"]
        for _ in 0..<200 {
            var text = ""
            for _ in 0..<Int.random(in: 0..<12, using: &generator) {
                text.unicodeScalars.append(generator.pick(scalars))
            }
            let number = Int64.random(in: .min ... .max, using: &generator)
            var writer = JSONWriter()
            writer.object {
                $0.field("text", text)
                $0.field("number", number)
                $0.name("list")
                $0.array([1, 2] as [Int64]) { $0.value($1) }
                $0.field("nothing", nil as String?)
            }
            let members = try JSONDocument(parsing: writer.bytes).root.members ?? []
            #expect(members.map { $0.name.string } == ["text", "number", "list", "nothing"])
            #expect(members[0].value.string == text)
            #expect(members[1].value.integer == number)
            #expect(members[2].value.elements?.map(\.integer) == [1, 2])
        }
    }

    @Test func `volatile parts are in the text and not in what is tagged`() {
        func text(_ time: String) -> JSONWriter {
            var writer = JSONWriter()
            writer.object {
                $0.field("a", 1 as Int64?)
                $0.volatile { $0.field("asOf", time) }
                $0.field("b", 2 as Int64?)
            }
            return writer
        }
        #expect(text("x").text == "{\"a\":1,\"asOf\":\"x\",\"b\":2}")
        func stable(_ writer: JSONWriter) -> [UInt8] {
            var bytes: [UInt8] = []
            writer.withStableBytes { bytes.append(contentsOf: $0) }
            return bytes
        }
        #expect(stable(text("x")) == stable(text("y")))
    }
}
