import Foundation

extension Mapping.Listing {
    /// The values of the listed column, of the records that are asked for.
    /// - Throws: `.unreadable` for a list that is missing or damaged.
    func values(folders: [String]) throws(ImportError) -> Set<String> {
        let paths = files.flatMap { file in folders.map { "\($0)/\(file)" } }
        guard let path = paths.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            throw .unreadable(
                file: files.joined(separator: " or "), why: "it is neither beside the data nor beside the mapping")
        }
        let reader = try CSVReader(FileBytes(path: path))
        let columns = FileColumns(reader.columns)
        let wanted = try columns.place(of: column)
        var conditions: [(column: Int, texts: [String])] = []
        for (name, texts) in whereContains { conditions.append((try columns.place(of: name), texts)) }
        var values: Set<String> = []
        while let next = try reader.next() {
            if case .unfinished = next { continue }
            // A list with holes would let in what it was to keep out.
            guard case .fields(let record) = next else {
                throw .unreadable(file: path, why: "line \(reader.line) is damaged")
            }
            let matches = conditions.contains { condition in
                condition.texts.contains { record[condition.column].contains($0) }
            }
            if matches || conditions.isEmpty { values.insert(record[wanted]) }
        }
        return values
    }
}
