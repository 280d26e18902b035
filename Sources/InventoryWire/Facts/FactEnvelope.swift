package import Inventory
package import StrictJSON

/// What all bodies with facts have around their lines: who says it, and which fields nobody knows. Only what is wrong
/// here makes a body unreadable; what is wrong in a line is that line's own problem.
package struct FactEnvelope {
    /// For the fields that only some bodies have. Read them before `lines`.
    package var fields: ObjectReader
    /// Nil where it is missing or wrong, which `lines` throws.
    private let source: SourceID?
    private let body: JSONValue

    /// The lines as they were sent, and whose facts they are.
    package struct Lines {
        package let source: SourceID
        package let elements: [JSONValue]
        /// Of fields around the lines that were ignored.
        package let warnings: [String]
    }

    package init(_ body: JSONValue) throws(UnreadableBody) {
        let problems = ProblemCollector()
        guard var reader = ObjectReader(body, problems, passesFaults: true) else { throw .invalid(problems.problems) }
        let source = reader.identifier("source", SourceKind.self, isRequired: true)
        if source == .holdfast { reader.report("source", "'holdfast' is reserved for the service's own lines") }
        fields = reader
        self.source = source
        self.body = body
    }

    /// - Parameters:
    ///   - range: how many lines the body may have.
    ///   - max: beyond this, the body is too large for one request instead of wrong.
    package mutating func lines(_ range: ClosedRange<Int> = 1...Int.max, max: Int) throws(UnreadableBody) -> Lines {
        let elements = fields.array("lines", count: range, isRequired: true)
        try fields.problems.throwIfAny()
        guard let source, let elements else { throw .incomplete }
        try requireCount(elements.count, max: max, pointer: "/lines")
        // What cannot be read inside a line is the line's problem, and what cannot be read around them is the body's.
        guard elements.count(where: { $0.fault != nil }) == body.faultsOfDocument else {
            let fault = body.fault?.description ?? ""
            throw .invalid([JSONProblem(pointer: "", detail: "cannot be read around its lines: \(fault)")])
        }
        return Lines(source: source, elements: elements, warnings: fields.unknownNames.warnings)
    }
}
