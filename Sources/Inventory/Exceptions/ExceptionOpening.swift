/// Opens an exception, unless one with the same key is open already.
package struct ExceptionOpening: Sendable, Hashable {
    package let type: ExceptionType
    /// At most one exception with this key is open.
    package let dedupeKey: String
    package let source: SourceNumber
    package var eventID: String?
    package var item: ItemReference?
    /// Of an unknown location that was named by a code.
    package var locationCode: Code?
    /// The system of the item's or the location's code, as resolved.
    package var codeSystem: CodeSystem?
    /// The system of a rejected line's location code, where it names one.
    package var placeSystem: CodeSystem?
    package var location: LocationID?
    package var problem: LineProblem?
    package var raw: ArraySlice<UInt8>?
    /// Of a rejected line: what it was about.
    package var lineKey: String?
    /// It is of a file's record. One that is open already takes what this one says.
    package var isOfRecord = false
    package let detail: String

    package init(_ type: ExceptionType, dedupeKey: String, source: SourceNumber, detail: String) {
        self.type = type
        self.dedupeKey = dedupeKey
        self.source = source
        self.detail = detail
    }
}
