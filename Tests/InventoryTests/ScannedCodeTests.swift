import Inventory
import Testing

/// What codes say when they are scanned: GTINs, UPC-E, and labels with a weight or a price in them.
@Suite struct ScannedCodeTests {
    private func code(_ text: String) -> Code { Code(stored: text) }

    @Test(arguments: [
        // By their last digit but one, which says where the zeros were; both number systems.
        ("01234505", "012000003455"), ("01234514", "012100003454"), ("01234523", "012200003453"),
        ("01234531", "012300000451"), ("01234543", "012340000053"), ("01234558", "012345000058"),
        ("01234565", "012345000065"), ("01234572", "012345000072"), ("01234589", "012345000089"),
        ("01234596", "012345000096"), ("04252614", "042100005264"), ("12345670", "123456000070"),
    ])
    func `a UPC-E is the UPC-A that it is short for`(short: String, long: String) throws {
        #expect(GTIN.expandedUPCE(code(short))?.text == long)
        #expect(GTIN.hasValidCheckDigit(code(long)))
    }

    @Test(arguments: [
        "01234506", "04252615", "21234505", "0123450", "012345055", "0123450x", "", "96385074", "４2526141",
    ])
    func `what is no UPC-E, or has another check digit, is none`(text: String) {
        #expect(GTIN.expandedUPCE(code(text)) == nil)
    }

    @Test(arguments: [
        ("96385074", true), ("4006381333931", true), ("012345678905", true), ("00012345678905", true),
        ("4.00638E+12", false), ("4,00638E+12", false), ("4006381333931.0", false), ("400638133393", true),
        ("40063813339", false), ("9638507", false), ("400638133393123", false), ("4006381 333931", false), ("", false),
        ("400638133393O", false),
    ])
    func `a GTIN has 8, 12, 13 or 14 digits and nothing else`(text: String, has: Bool) {
        #expect(GTIN.hasLength(code(text)) == has)
    }

    @Test(
        arguments: [
            ("2100001027506", 2_750), ("2100001011307", 1_130), ("2100001004804", 480), ("2900001000017", 1),
            ("02100001027506", 2_750),
        ] as [(String, Int64)])
    func `a label as most scales print it says grams of its article`(text: String, grams: Int64) throws {
        let label = try #require(LabelRule.usual.read(code(text)))
        #expect(label.units == grams)
        #expect(GTIN.hasValidCheckDigit(label.article))
        #expect(label.article.text.suffix(7).prefix(6).hasSuffix("00000"))
    }

    @Test(arguments: [
        "2100001027507", "4006381333931", "2100001000004", "21000010275", "1100001027507", "96385074", "abc",
    ])
    func `another range, a wrong check digit and a weight of nothing are no label`(text: String) {
        #expect(LabelRule.usual.read(code(text)) == nil)
    }

    @Test func `a rule says which digits are what`() throws {
        let rule = LabelRule(prefixes: ["22", "02"], article: 3...6, value: 8...12, kind: .weight, decimals: 2)
        // 7 is a digit that checks the value: it is neither.
        let label = try #require(rule.read(code("2212347012501")))
        #expect(label.units == 1_250 * 10 && label.article.text.hasPrefix("0221234000000"))
        #expect(rule.read(code("2112347012504")) == nil)
        let price = LabelRule(prefixes: ["22"], article: 3...7, value: 8...12, kind: .price, decimals: 3)
        #expect(price.read(code("2212347012501"))?.units == nil)
        for one in [rule, price, .usual] { #expect(LabelRule(stored: one.stored) == one) }
        for text in ["", "22/3-7/8-12/weight", "22/7-3/8-12/weight/3", "22/3-7/8-12/length/3", "22/3/8-12/weight/3"] {
            #expect(LabelRule(stored: text) == nil)
        }
    }

    @Test func `a line stands for so many times its units, within a line's bounds`() throws {
        let two = try #require(Quantity(units: 2))
        #expect(FactChange.sale(.onHand, two).times(500) == Quantity(units: 1_000).map { .sale(.onHand, $0) })
        #expect(FactChange.sale(.onHand, two).times(Quantity.maxUnits) == nil)
        #expect(FactChange.sale(.onHand, two).times(.max) == nil)
        let none = try #require(CountedQuantity(units: 0))
        #expect(
            FactChange.count(CountStatement(quantity: none, excludesReady: false)).times(500)
                == .count(CountStatement(quantity: none, excludesReady: false)))
    }
}
