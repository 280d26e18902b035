import Inventory
package import InventoryService

/// CSV and NDJSON through YAML mappings, as imports read them.
package struct FileImportReader: ImportReader {
    package init() {}

    package func kind(ofMapping text: String) throws(ImportProblem) -> ImportKind {
        do throws(ImportError) {
            return try ImportKind(Mapping(yaml: text, folder: nil).kind)
        } catch {
            throw ImportProblem(error)
        }
    }

    package func open(_ file: ImportFile) throws(ImportProblem) -> any ImportRecords {
        do throws(ImportError) {
            var mapping: Mapping?
            if let text = file.order.mapping { mapping = try Mapping(yaml: text, folder: file.mappingFolder) }
            let reader = try RecordReader(
                file: file.path, name: file.order.name ?? "the file", kind: .init(file.order.kind), mapping: mapping,
                format: file.order.format.map { $0 == .csv ? .csv : .ndjson })
            return try FileRecords(reader, file)
        } catch {
            throw ImportProblem(error)
        }
    }
}

extension ImportKind {
    init(_ kind: Mapping.Kind) {
        self =
            switch kind {
            case .items: .items
            case .locations: .locations
            case .aliases: .aliases
            case .snapshots: .snapshots
            case .movements: .movements
            }
    }
}

extension Mapping.Kind {
    init(_ kind: ImportKind) {
        self =
            switch kind {
            case .items: .items
            case .locations: .locations
            case .aliases: .aliases
            case .snapshots: .snapshots
            case .movements: .movements
            }
    }
}

extension ImportProblem {
    init(_ error: ImportError) {
        self.init(code: error.code, detail: error.description, line: error.line.map(Int64.init))
    }
}
