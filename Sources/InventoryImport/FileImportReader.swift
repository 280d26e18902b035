import Inventory
package import InventoryService

/// CSV and NDJSON through YAML mappings, as imports read them.
package struct FileImportReader: ImportReader {
    package init() {}

    package func kind(ofMapping text: String) throws(ImportProblem) -> ImportKind {
        do throws(ImportError) {
            return try Mapping(yaml: text, folder: nil).kind
        } catch {
            throw ImportProblem(error)
        }
    }

    package func open(_ file: ImportFile) throws(ImportProblem) -> any ImportRecords {
        do throws(ImportError) {
            var mapping: Mapping?
            if let text = file.order.mapping { mapping = try Mapping(yaml: text, folder: file.mappingFolder) }
            let opened = OpenFile(file, mapping)
            return file.order.kind.isMaster ? try MasterFile(opened) : try FactFile(opened)
        } catch {
            throw ImportProblem(error)
        }
    }
}

/// How a file is opened, as often as it is read from its beginning.
struct OpenFile: Sendable {
    let file: ImportFile
    private let mapping: Mapping?

    init(_ file: ImportFile, _ mapping: Mapping?) {
        self.file = file
        self.mapping = mapping
    }

    var kind: ImportKind { file.order.kind }

    func reader() throws(ImportError) -> RecordReader {
        let reader = try RecordReader(
            file: file.path, name: file.order.name ?? "the file", kind: kind, mapping: mapping,
            format: file.order.format)
        let meant = reader.mapping.kind
        guard meant == kind || meant.isCounts && kind.isCounts else {
            throw .mapping("it is for \(meant.rawValue), not for \(kind.rawValue)")
        }
        return reader
    }
}

extension ImportProblem {
    init(_ error: ImportError) {
        self.init(code: error.code, detail: error.description, line: error.line.map(Int64.init))
    }
}
