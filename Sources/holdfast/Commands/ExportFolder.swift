import Crypto
import Foundation
import Gzip
import Inventory
import InventoryHTTP
import InventoryService
import Synchronization

/// A folder of exported days. What its manifest names is whole and is never written again; everything else in it is the
/// rest of a run that was ended, and is written anew.
final class ExportFolder: Sendable {
    /// What is in the folder, in the order written. Codable, since only this program reads it and writes it.
    struct Manifest: Codable, Sendable {
        struct File: Codable, Sendable {
            let kind: String
            let day: String
            /// Below the folder.
            let path: String
            let lines: Int64
            let firstSequence: Int64?
            let lastSequence: Int64?
            /// Of the file as it is.
            let bytes: Int64
            let sha256: String
            /// Of the NDJSON in it, as the API's list of days names it.
            let contentBytes: Int64
            let contentSha256: String
            let complete: Bool
        }

        var format = ExportedDay.format
        var files: [File] = []
    }

    private let path: String
    /// Held for as long as this lives, so that two do not write one folder.
    private let lock: FileHandle
    private let state: Mutex<(manifest: Manifest, known: Set<String>)>

    private var manifestPath: String { "\(path)/manifest.json" }
    var manifest: Manifest { state.withLock { $0.manifest } }

    /// Opens the folder, and makes it if it is not there.
    /// - Throws: `ExportError`.
    init(path: String) throws {
        self.path = path
        let files = FileManager.default
        do {
            for kind in ExportKind.allCases {
                try files.createDirectory(atPath: "\(path)/\(kind.rawValue)", withIntermediateDirectories: true)
            }
        } catch {
            throw ExportError(
                "\(path) cannot be written to: \(FileTrouble.words(error, writing: path, asFolder: true))")
        }
        let descriptor = open("\(path)/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw ExportError("\(path)/.lock cannot be opened: \(Self.lastError)") }
        lock = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw ExportError("another holdfast is exporting to \(path)")
        }
        var manifest = Manifest()
        if let data = files.contents(atPath: "\(path)/manifest.json") {
            guard let found = try? JSONDecoder().decode(Manifest.self, from: data) else {
                throw ExportError("\(path)/manifest.json is no manifest of this program; export to another folder")
            }
            manifest = found
        }
        guard manifest.format == ExportedDay.format else {
            throw ExportError(
                "\(path) has days as version \(manifest.format) writes them, this is version \(ExportedDay.format); "
                    + "export to another folder")
        }
        for file in manifest.files {
            let size = (try? files.attributesOfItem(atPath: "\(path)/\(file.path)")[.size] as? NSNumber)?.int64Value
            guard size == file.bytes else {
                throw ExportError(
                    "\(path)/\(file.path) has \(size.map { "\($0)" } ?? "no") bytes, and the manifest says \(file.bytes); "
                        + "bring it back, or take it off the manifest to have it written again")
            }
        }
        state = Mutex((manifest, Set(manifest.files.map(\.path))))
    }

    private static func file(_ kind: ExportKind, _ day: ExportDay) -> String {
        "\(kind.rawValue)/\(day).ndjson.gz"
    }

    func has(_ kind: ExportKind, _ day: ExportDay) -> Bool {
        state.withLock { $0.known.contains(Self.file(kind, day)) }
    }

    /// Writes a day beside its place, moves it there once it is whole and on disk, and then names it.
    /// - Parameter progress: told the lines so far, after each page.
    func write(_ export: consuming DayExport, _ store: any ExportStore, progress: (Int64) -> Void) async throws {
        var export = export
        let name = Self.file(export.summary.kind, export.summary.day)
        let part = "\(path)/\(name).part"
        let output = try PartFile(part)
        let gzip = GzipWriter()
        while let lines = try await export.next() {
            try output.write(gzip.write(lines))
            progress(export.summary.lines)
        }
        try output.write(gzip.finish())
        try output.close()
        let summary = export.summary
        let kept = try await store.note(summary)
        guard kept == summary else {
            throw ExportError(
                "\(summary.kind.rawValue) of \(summary.day): \(summary.lines) lines, and \(kept.lines) when the day was exported "
                    + "first. A closed day has changed; run `holdfast proof --full`, and look at the clocks of the servers"
            )
        }
        try move(part, to: "\(path)/\(name)")
        let file = Manifest.File(
            kind: summary.kind.rawValue, day: summary.day.description, path: name, lines: summary.lines,
            firstSequence: summary.firstSequence, lastSequence: summary.lastSequence, bytes: output.bytes,
            sha256: output.sha256, contentBytes: summary.bytes,
            contentSha256: summary.sha256.withBytes { $0.hexadecimal }, complete: true)
        try record(file)
    }

    private func record(_ file: Manifest.File) throws {
        let manifest = state.withLock { state in
            state.manifest.files.append(file)
            state.known.insert(file.path)
            return state.manifest
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let output = try PartFile("\(manifestPath).part")
        try output.write(Array(try encoder.encode(manifest)) + [0x0A])
        try output.close()
        try move("\(manifestPath).part", to: manifestPath)
    }

    /// On disk when it returns: the folder's entry too.
    private func move(_ from: String, to path: String) throws {
        guard rename(from, path) == 0 else { throw ExportError("\(path) cannot be written: \(Self.lastError)") }
        let folder = open(URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false), O_RDONLY)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    fileprivate static var lastError: String { String(cString: strerror(errno)) }
}

/// A file that is being written, with its checksum.
private final class PartFile {
    private let handle: FileHandle
    private let path: String
    private var hasher = SHA256()
    private(set) var bytes: Int64 = 0
    private(set) var sha256 = ""

    init(_ path: String) throws {
        self.path = path
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw ExportError("\(path) cannot be written: \(ExportFolder.lastError)") }
        self.handle = handle
    }

    func write(_ packed: [UInt8]) throws {
        guard !packed.isEmpty else { return }
        hasher.update(data: packed)
        bytes += Int64(packed.count)
        do {
            try handle.write(contentsOf: packed)
        } catch {
            throw ExportError("\(path) cannot be written: \(FileTrouble.words(error, writing: path))")
        }
    }

    func close() throws {
        do {
            try handle.synchronize()
            try handle.close()
        } catch {
            throw ExportError("\(path) cannot be written: \(FileTrouble.words(error, writing: path))")
        }
        sha256 = hasher.finalize().withUnsafeBytes { $0.hexadecimal }
    }
}

/// What keeps a folder from being written, for people.
struct ExportError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
