/// How numbers are written in files, and what each becomes: the units that are kept, or why it is refused. What could be
/// meant in two ways is never read, since a stock that is wrong by a factor of a thousand looks like any other.
enum NumberSpellings {
    enum Meaning: Hashable, Sendable {
        case units(Int64)
        /// Nothing was said: the field is as if it were not there.
        case nothing
        /// With a word of the reason.
        case refused(String)
    }

    struct Group: Sendable, CustomStringConvertible {
        /// The mapping's `numbers:`; empty for a mapping without.
        let numbers: String
        let spellings: [(text: String, meaning: Meaning)]

        var description: String { numbers.isEmpty ? "no numbers:" : numbers }
    }

    static let groups: [Group] = [undeclared, point, comma, german, english, swiss, french, minus, kilograms, dozens]

    /// Only what can be meant in one way.
    private static let undeclared = Group(
        numbers: "",
        spellings: [
            ("5", .units(5)), ("0", .units(0)), ("-5", .units(-5)), ("+5", .units(5)), ("007", .units(7)),
            (" 5", .units(5)), ("5 ", .units(5)), ("\t5", .units(5)), ("\u{A0}5\u{A0}", .units(5)), ("", .nothing),
            (" ", .nothing), ("\u{A0}", .nothing), ("5.0", .units(5)), ("5.00", .units(5)), ("5.0000", .units(5)),
            ("15.00000000", .units(15)), ("5.", .units(5)), ("-5.0", .units(-5)), ("\u{2212}5", .units(-5)),
            ("- 5", .units(-5)), ("-0", .units(0)), ("0.0", .units(0)), ("0.000", .units(0)),
            ("1234.000", .units(1_234)),
            ("1234.0", .units(1_234)), ("1000000", .units(1_000_000)),
            ("999999999999999999", .units(999_999_999_999_999_999)),
            ("5.000", .refused("two ways")), ("1.234", .refused("two ways")), ("12.000", .refused("two ways")),
            ("123.456", .refused("two ways")), ("1,234", .refused("two ways")), ("12,000", .refused("two ways")),
            ("-1.234", .refused("two ways")), ("0.500", .refused("whole units")), ("0.5", .refused("whole units")),
            (".5", .refused("whole units")), ("6.8800", .refused("whole units")), ("1.5", .refused("whole units")),
            ("12,0", .refused("decimal: \",\"")), ("12,5", .refused("decimal: \",\"")),
            ("0,000", .refused("decimal: \",\"")),
            ("1234,000", .refused("decimal: \",\"")), ("1.234.567", .refused("grouping: \".\"")),
            ("1,234,567", .refused("grouping: \",\"")), ("1,234.00", .refused("decimal: \".\", grouping: \",\"")),
            ("1.234,00", .refused("decimal: \",\", grouping: \".\"")), ("8 898", .refused("grouping: \" \"")),
            ("8\u{A0}898", .refused("grouping: \" \"")), ("8\u{202F}898", .refused("grouping: \" \"")),
            ("8'898", .refused("grouping: \"'\"")), ("8\u{2019}898", .refused("grouping: \"'\"")),
            ("8 898,50", .refused("decimal: \",\", grouping: \" \"")), ("5-", .refused("trailing")),
            ("5\u{2212}", .refused("trailing")), ("(5)", .refused("parentheses")), ("--5", .refused("no number")),
            ("-5-", .refused("no number")), ("+-5", .refused("no number")), ("(-5)", .refused("parentheses")),
            ("5+", .refused("no number")), ("1E3", .refused("exponent")), ("1e3", .refused("exponent")),
            ("4.00638E+12", .refused("exponent")), ("1,5E+3", .refused("exponent")), ("abc", .refused("no number")),
            ("n/a", .refused("no number")), ("not stocked", .refused("no number")), ("-", .refused("no number")),
            ("+", .refused("no number")), (".", .refused("no number")), (",", .refused("no number")),
            ("5 pcs", .refused("no number")), ("5%", .refused("no number")), ("$5", .refused("no number")),
            ("€ 5", .refused("no number")), ("1/2", .refused("no number")), ("½", .refused("no number")),
            ("0x10", .refused("no number")), ("1_000", .refused("no number")), ("#REF!", .refused("no number")),
            ("#N/A", .refused("no number")), ("NaN", .refused("no number")), ("inf", .refused("no number")),
            ("∞", .refused("no number")), ("٣", .refused("no number")), ("５", .refused("no number")),
            ("true", .refused("no number")), ("5\u{200B}", .refused("no number")), ("=5", .refused("no number")),
            ("9223372036854775808", .refused("more digits")), ("99999999999999999999", .refused("more digits")),
            ("5.00000000000000000000000000000", .units(5)), ("1..5", .refused("grouping")),
            ("1.2.3", .refused("grouping: \".\"")),
        ])

    private static let point = Group(
        numbers: "{ decimal: \".\" }",
        spellings: [
            ("5.000", .units(5)), ("1.000", .units(1)), ("12.000", .units(12)), ("5", .units(5)),
            ("-5.000", .units(-5)),
            ("1.234", .refused("is 1.234, and only whole")), ("1,234", .refused("has ','")),
            ("1 234", .refused("has ' '")),
            ("1.234.567", .refused("twice")), ("", .nothing),
        ])

    private static let comma = Group(
        numbers: "{ decimal: \",\" }",
        spellings: [
            ("5", .units(5)), ("5,000", .units(5)), ("12,0", .units(12)), ("1,0000", .units(1)), ("-3,00", .units(-3)),
            ("1,5", .refused("is 1.5, and only whole")), ("5.0", .refused("has '.'")), ("1.234", .refused("has '.'")),
            ("1.234,00", .refused("has '.'")), ("1,2,3", .refused("twice")), (",0", .units(0)), ("5,", .units(5)),
        ])

    private static let german = Group(
        numbers: "{ decimal: \",\", grouping: \".\" }",
        spellings: [
            ("1.234", .units(1_234)), ("1.234,00", .units(1_234)), ("1.234.567", .units(1_234_567)),
            ("1234", .units(1_234)), ("1234,0", .units(1_234)), ("-1.234", .units(-1_234)), ("12,0", .units(12)),
            ("1.23", .refused("thousands")), ("1.2345", .refused("thousands")), ("5.0000", .refused("thousands")),
            ("1234.567", .refused("thousands")), (".234", .refused("thousands")), ("12.34.567", .refused("thousands")),
            ("1.234,5", .refused("is 1234.5, and only whole")), ("1,234.5", .refused("behind its decimal sign")),
            ("1 234", .refused("has ' '")), ("0,5", .refused("whole units")),
        ])

    /// Of point and comma the other is the decimal sign.
    private static let english = Group(
        numbers: "{ grouping: \",\" }",
        spellings: [
            ("1,234", .units(1_234)), ("1,234.00", .units(1_234)), ("12,345,678", .units(12_345_678)),
            ("12,0", .refused("thousands")), ("1,23,456", .refused("thousands")), ("5.000", .units(5)),
            ("1.234", .refused("is 1.234, and only whole")), ("1'234", .refused("has '''")),
        ])

    private static let swiss = Group(
        numbers: "{ decimal: \".\", grouping: \"'\" }",
        spellings: [
            ("8'898", .units(8_898)), ("8\u{2019}898", .units(8_898)), ("8'898.00", .units(8_898)),
            ("1'234'567", .units(1_234_567)), ("88'98", .refused("thousands")), ("8,898", .refused("has ','")),
            ("8898", .units(8_898)),
        ])

    /// A grouping sign that is neither point nor comma says nothing about the decimal sign.
    private static let french = Group(
        numbers: "{ grouping: \" \" }",
        spellings: [
            ("8 898", .units(8_898)), ("8\u{A0}898", .units(8_898)), ("8\u{202F}898", .units(8_898)),
            ("1 234 567", .units(1_234_567)), ("88 98", .refused("thousands")), ("1.234", .refused("two ways")),
            ("8 898,50", .refused("decimal: \",\", grouping: \" \"")), ("5.0", .units(5)),
            ("5  000", .refused("thousands")),
        ])

    private static let minus = Group(
        numbers: "{ decimal: \".\", minus: [trailing, parentheses] }",
        spellings: [
            ("5-", .units(-5)), ("5.00-", .units(-5)), ("5 -", .units(-5)), ("5\u{2212}", .units(-5)),
            ("(5)", .units(-5)),
            ("( 5.0 )", .units(-5)), ("-5", .units(-5)), ("\u{2212}5", .units(-5)), ("5", .units(5)), ("0-", .units(0)),
            ("-5-", .refused("no number")), ("(-5)", .refused("no number")), ("(5", .refused("no number")),
            ("5)", .refused("no number")), ("()", .refused("no number")), ("-", .refused("no number")),
        ])

    private static let kilograms = Group(
        numbers: "{ decimal: \",\", grouping: \".\", factor: 1000 }",
        spellings: [
            ("1,5", .units(1_500)), ("0,005", .units(5)), ("2", .units(2_000)), ("-1,250", .units(-1_250)),
            ("1.234,567", .units(1_234_567)), ("0,0005", .refused("is 0.5 after the factor 1000")),
            ("1,23456", .refused("is 1234.56 after the factor 1000")),
            ("0,3333333333333333333333", .refused("more digits")),
            ("9223372036854775", .units(9_223_372_036_854_775_000)), ("9223372036854776", .refused("more digits")),
        ])

    private static let dozens = Group(
        numbers: "{ factor: 0.25 }",
        spellings: [("8", .units(2)), ("4.0", .units(1)), ("10", .refused("is 2.5 after the factor 0.25"))])
}
