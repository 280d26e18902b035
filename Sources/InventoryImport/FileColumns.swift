/// The columns of a file by their names: without blanks around them, and with those that have none or share one.
struct FileColumns: Sendable {
    /// In the order of the file. Empty for a column without a name.
    let names: [String]
    private let places: [String: Int]
    private let repeated: Set<String>

    init(_ names: [String]) {
        self.names = names
        var places: [String: Int] = [:]
        var repeated: Set<String> = []
        for (place, name) in names.enumerated() where !name.isEmpty {
            if places.updateValue(places[name] ?? place, forKey: name) != nil { repeated.insert(name) }
        }
        self.places = places
        self.repeated = repeated
    }

    /// - Throws: `.missingColumn`, or `.repeatedColumn` for a name that says two columns.
    func place(of name: String) throws(ImportError) -> Int {
        guard let place = places[name] else { throw .missingColumn(name, has: names.filter { !$0.isEmpty }) }
        guard !repeated.contains(name) else { throw .repeatedColumn(name) }
        return place
    }

    /// The delimiter with which the header would have a column of that name; nil for none.
    func delimiter(giving name: String, insteadOf used: UInt8) -> UInt8? {
        let header = names.joined(separator: String(UnicodeScalar(used)))
        return Self.delimiters.first { other in
            other != used
                && header.utf8.split(separator: other, omittingEmptySubsequences: false)
                    .contains { String(Substring($0)).trimmedBlanks == name || "\"\(name)\"" == String(Substring($0)) }
        }
    }

    /// Those that files are known to have, the commonest first.
    static let delimiters: [UInt8] = [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09, UInt8(ascii: "|")]

    /// As a mapping writes it.
    static func name(ofDelimiter sign: UInt8) -> String { sign == 0x09 ? "tab" : String(UnicodeScalar(sign)) }

    /// With quotes around it, a carriage return and a line's end.
    private static let delimiterLineBytesMax = 9

    /// A first line `sep=;` names the delimiter, for spreadsheets, and is no record.
    /// - Parameter content: the beginning of the file.
    static func delimiterLine(_ content: ArraySlice<UInt8>) -> (delimiter: UInt8, bytes: Int)? {
        let line = content.prefix(delimiterLineBytesMax).prefix { $0 != 0x0A }
        guard line.endIndex < content.endIndex, content[line.endIndex] == 0x0A else { return nil }
        let signs = line.filter { $0 != UInt8(ascii: "\"") && $0 != 0x0D }
        guard let named = signs.last, delimiters.contains(named),
            String(decoding: signs.dropLast(), as: UTF8.self).lowercased() == "sep="
        else { return nil }
        return (named, line.count + 1)
    }

    /// The sign between the quoted names of a header that cannot be read by another.
    static func delimiter(betweenQuotesOf content: ArraySlice<UInt8>) -> UInt8? {
        let line = Array(content.prefix { $0 != 0x0A })
        let quote = UInt8(ascii: "\"")
        let between = line.indices.dropFirst().dropLast()
            .first { line[$0 - 1] == quote && line[$0 + 1] == quote && line[$0] != quote }
        return between.map { line[$0] }.flatMap { delimiters.contains($0) ? $0 : nil }
    }
}

extension String {
    /// Without white space around it, no-break spaces included. What cannot be seen otherwise is left, for whoever reads
    /// the value to refuse.
    var trimmedBlanks: String {
        guard let first = utf8.first, let last = utf8.last else { return self }
        // What has neither a blank nor another than an ASCII character at its ends needs no look at its characters.
        if (0x21...0x7E).contains(first), (0x21...0x7E).contains(last) { return self }
        var scalars = unicodeScalars[...]
        while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
        while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
        return String(scalars)
    }
}
