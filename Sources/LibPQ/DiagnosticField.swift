/// libpq's codes for the parts of an error report. They are character macros in C, which Swift cannot see.
///
/// Source: `postgres_ext.h`.
enum Field {
    static let severity = code("V")
    static let sqlState = code("C")
    static let messagePrimary = code("M")
    static let tableName = code("t")
    static let constraintName = code("n")

    private static func code(_ scalar: Unicode.Scalar) -> Int32 { Int32(scalar.value) }
}
