/// How the text that a mapping gives for a field becomes the field's value.
struct FieldRule: Sendable {
    private let reading: ImportField.Reading
    private let numbers: NumberFormat
    /// What stands for an empty cell.
    private let fallback: String?
    /// What the file's texts stand for; one that is not listed stays as it is.
    private let values: [String: String]

    init(_ field: String, _ mapping: Mapping, numbers: NumberFormat) {
        reading = mapping.kind.reading(of: field) ?? .text
        self.numbers = numbers
        fallback = mapping.defaults[field]
        values = mapping.values[field] ?? [:]
    }

    /// - Parameters:
    ///   - sent: the text of the columns, filled in.
    ///   - isJSONNumber: the text is a number of a JSON line, which is written in one way only.
    func value(
        _ sent: String, isJSONNumber: Bool, _ times: inout FileTimes?
    ) throws(NumberFormat.Refusal) -> String {
        let text = sent.trimmedBlanks
        if !values.isEmpty, let listed = values[text] { return listed }
        if text.isEmpty { return fallback ?? "" }
        switch reading {
        case .text, .boolean, .json: return text
        case .exact:
            guard text == sent else {
                throw NumberFormat.Refusal(
                    "has blanks around it: write |trim behind the column in the mapping if they mean nothing")
            }
            return text
        case .time: return try times?.rfc3339(text) ?? text
        case .units: return try numbers(isJSONNumber).units(text)
        case .whole:
            var numbers = numbers(isJSONNumber)
            numbers.factor = .one
            return try numbers.units(text)
        case .coordinate:
            var numbers = numbers(isJSONNumber)
            if numbers.decimal == nil, numbers.grouping == nil {
                // No angle has thousands, so the only sign that stands in one is the decimal sign.
                numbers.decimal = text.contains(",") && !text.contains(".") ? "," : "."
            }
            return try numbers.decimal(text).text
        }
    }

    private func numbers(_ isJSONNumber: Bool) -> NumberFormat {
        guard isJSONNumber else { return numbers }
        return NumberFormat(decimal: ".", factor: numbers.factor)
    }
}
