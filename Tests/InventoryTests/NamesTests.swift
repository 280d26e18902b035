import Inventory
import TestSupport
import Testing

@Suite struct NamesTests {
    @Test(arguments: ["A", "1082185", "a b", "Größe-42", "日本", "A.b_c:d*e+f", String(repeating: "x", count: 64)])
    func `a printable id of up to 64 characters is taken`(text: String) throws {
        #expect(try SKU(text).text == text)
    }

    @Test(
        arguments: [
            ("", .empty), (String(repeating: "x", count: 65), .tooLong(max: 64)), ("a/b", .forbidden("/")),
            ("a\\b", .forbidden("\\")), ("a?b", .forbidden("?")), ("a#b", .forbidden("#")), ("a%b", .forbidden("%")),
            (" a", .outerSpace), ("a ", .outerSpace), ("a\tb", .unprintable("\t")), ("a\u{0}b", .unprintable("\u{0}")),
            ("a\u{7F}", .unprintable("\u{7F}")), ("a\u{200B}b", .unprintable("\u{200B}")),
            ("a\u{202E}b", .unprintable("\u{202E}")), ("a\u{2028}b", .unprintable("\u{2028}")),
            ("a\u{E000}", .unprintable("\u{E000}")), ("\u{FEFF}a", .unprintable("\u{FEFF}")),
            ("a\u{AD}b", .unprintable("\u{AD}")),
        ] as [(String, IdentifierError.Rule)])
    func `an id that breaks a rule is refused with that rule`(text: String, rule: IdentifierError.Rule) {
        #expect(throws: IdentifierError(name: "sku", rule: rule)) { try SKU(text) }
    }

    @Test(arguments: [".", ".."])
    func `what clients take out of a path makes no id of what paths name, and is still read`(text: String) throws {
        #expect(throws: IdentifierError(name: "sku", rule: .takenOutOfPaths)) { try SKU(text) }
        #expect(throws: IdentifierError(name: "location", rule: .takenOutOfPaths)) { try LocationID(text) }
        #expect(throws: IdentifierError(name: "source", rule: .takenOutOfPaths)) { try SourceID(text) }
        #expect(throws: IdentifierError(name: "id", rule: .takenOutOfPaths)) { try StockRuleID(text) }
        #expect(try SKU(naming: text).text == text)
        #expect(try Code(text).text == text)
        #expect(try EventID(text).text == text)
        #expect(try Channel(text).text == text)
        #expect(try SKU("...").text == "..." && SKU(".a").text == ".a")
    }

    /// No-break, narrow, figure, em and ideographic blanks, fillers, a joiner, a variation selector, empty Braille.
    @Test(
        arguments: [
            "\u{A0}", "\u{202F}", "\u{2007}", "\u{2003}", "\u{3000}", "\u{1680}", "\u{205F}", "\u{3164}", "\u{115F}",
            "\u{FFA0}", "\u{34F}", "\u{FE0F}", "\u{2800}",
        ] as [Unicode.Scalar])
    func `what nobody sees is refused in ids, wherever it stands`(scalar: Unicode.Scalar) throws {
        for text in ["a\(scalar)", "\(scalar)a", "a\(scalar)b"] {
            #expect(throws: IdentifierError(name: "sku", rule: .unseen(scalar))) { try SKU(text) }
            #expect(throws: IdentifierError(name: "eventId", rule: .unseen(scalar))) { try EventID(text) }
            // Other systems' odd codes come in as they are.
            #expect(try Code(text).text == text)
        }
    }

    @Test(arguments: 0..<24)
    func `a character that is refused is refused at every place`(place: Int) throws {
        for length in [place, 15, 16, 17, 24] where length >= place {
            for value in UInt8(0)...0x7F {
                let scalar = Unicode.Scalar(value)
                var text = String(repeating: "x", count: length)
                text.unicodeScalars.insert(scalar, at: text.index(text.startIndex, offsetBy: place))
                let isPrintable = value >= 0x20 && value != 0x7F
                let isOuter = scalar == " " && (place == 0 || place == length)
                let isMark = ["/", "\\", "?", "#", "%"].contains(scalar)
                let (sku, event, code) = (try? SKU(text), try? EventID(text), try? Code(text))
                #expect((sku != nil) == (isPrintable && !isOuter && !isMark && text != "."))
                #expect((event != nil) == (isPrintable && !isOuter))
                #expect((code != nil) == isPrintable)
            }
        }
    }

    @Test(arguments: seeds)
    func `ids are equal and meet in a dictionary when their bytes are equal`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func random() -> String {
            var text = ""
            for _ in 0..<Int.random(in: 0..<20, using: &generator) { text += generator.pick(["a", "b"]) }
            return text
        }
        for _ in 0..<2_000 {
            let (left, right) = (random(), random())
            let ids = (SKU(stored: left), SKU(stored: right))
            #expect((ids.0 == ids.1) == (left == right))
            #expect(Set([ids.0, ids.1]).count == Set([left, right]).count)
        }
    }

    @Test func `the error says which character it was`() throws {
        let error = #expect(throws: IdentifierError.self) { try SKU("S-1\u{A0}") }
        #expect(
            error?.description
                == "sku has a blank or a mark that nobody sees (U+00A0); leave it out, or write a plain space")
    }

    @Test func `an event id may have slashes and a code may have anything printable`() throws {
        #expect(try EventID("2026-01-15/TX12345/1").text == "2026-01-15/TX12345/1")
        #expect(try Code(" 50% off? #1/2 ").text == " 50% off? #1/2 ")
        #expect(throws: IdentifierError.self) { try EventID("a\nb") }
    }

    @Test func `two spellings of one character are two ids`() throws {
        let composed = try SKU("caf\u{E9}")
        let decomposed = try SKU("cafe\u{301}")
        #expect(composed.text == decomposed.text, "Swift's own comparison takes them as equal")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }

    @Test(arguments: ["4006381333931", "04006381333931", "96385074", "036000291452", "10614141000415"])
    func `a GTIN with a right check digit is valid`(text: String) throws {
        #expect(GTIN.hasValidCheckDigit(try Code(text)))
    }

    @Test(arguments: [
        "4006381333932", "96385075", "123", "40063813339311", "abcdefgh", "400638133393", "400638133393X",
    ])
    func `a GTIN with a wrong check digit, length or letter is not`(text: String) throws {
        #expect(!GTIN.hasValidCheckDigit(try Code(text)))
    }

    @Test func `GTINs are compared as fourteen digits and other codes as they are`() throws {
        #expect(try Code("96385074").canonical(in: .gtin).text == "00000096385074")
        #expect(try Code("96385074").canonical(in: CodeSystem("plu")).text == "96385074")
        #expect(try Code("9638507X").canonical(in: .gtin).text == "9638507X")
    }
}
