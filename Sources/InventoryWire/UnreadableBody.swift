package import StrictJSON

/// A body that cannot be read as what it should be: nothing of it was looked at any further.
package enum UnreadableBody: Error {
    /// Every offender, at least one.
    case invalid([JSONProblem])
    /// More elements than one request may have.
    case tooMany(Int, max: Int, pointer: String)
    case incomplete
}

extension ProblemCollector {
    /// - Throws: what names every offender, if there is one.
    package func throwIfAny() throws(UnreadableBody) {
        guard isEmpty else { throw .invalid(problems) }
    }
}

/// - Throws: `tooMany` for more elements than one request may have.
package func requireCount(_ count: Int, max: Int, pointer: String) throws(UnreadableBody) {
    guard count <= max else { throw .tooMany(count, max: max, pointer: pointer) }
}

/// Reads a whole body as an object; unknown fields are refused with everything else that is wrong.
package func readBody<T>(_ value: JSONValue, _ read: (inout ObjectReader) -> T?) throws(UnreadableBody) -> T {
    let problems = ProblemCollector()
    var result: T?
    if var reader = ObjectReader(value, problems) {
        result = read(&reader)
        reader.refuseUnknown()
    }
    try problems.throwIfAny()
    guard let result else { throw .incomplete }
    return result
}
