import Crypto
import Foundation
package import Inventory
package import Logging

/// Files of master data and facts: received, applied by whichever process is free, and reported on.
package struct ImportService: Sendable {
    package let store: any ImportStore
    let mappings: any ImportMappingStore
    package let reader: any ImportReader
    package let runner: ImportRunner
    let targets: ImportTargets
    let logger: Logger

    /// Bytes of one file as it is sent.
    package static let bytesMax: Int64 = 4 << 30
    /// Bodies of which nothing has come for so long are given up.
    static let staleAfterSeconds: Int64 = 3_600
    /// How often a file's import is asked for that another process works on, a second apart: longer than a lease.
    private static let claimsMax = 60
    /// One that cannot be run now is left alone for so long, and those behind it have their turn.
    static let delaySeconds: Int64 = 30

    package init(
        store: any ImportStore, mappings: any ImportMappingStore, reader: any ImportReader, targets: ImportTargets,
        logger: Logger
    ) {
        self.store = store
        self.mappings = mappings
        self.reader = reader
        self.targets = targets
        self.logger = logger
        runner = ImportRunner(
            store: store, reader: reader, targets: targets, turns: ImportTurns(), logger: logger)
    }

    /// Starts to receive a file.
    package func receive(_ order: ImportOrder) async throws(StoreError) -> ImportReception {
        let id = ImportID.draw()
        try await store.receive(id, order)
        return ImportReception(id: id, store: store)
    }

    /// - Returns: whether it came to its end.
    func run(_ job: StoredImport, by worker: String) async throws(StoreError) -> Bool {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "holdfast-import-\(job.id)-\(worker.prefix(8))"
        )
        .path(percentEncoded: false)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let copy: Copy
        do throws(StoreError) {
            copy = try await write(job, to: path, by: worker)
        } catch {
            try? await store.release(job.id, afterSeconds: Self.delaySeconds, by: worker)
            throw error
        }
        let end: ImportRunner.End
        switch copy {
        case .lost: end = .lost
        case .impossible:
            try await store.release(job.id, afterSeconds: Self.delaySeconds, by: worker)
            end = .givenBack
        case .differs:
            let problem = ImportProblem(
                code: "damagedBody", detail: "the file is not kept as it was received; send it again")
            let isOurs = try await store.finish(job.id, problem, by: worker)
            end = isOurs ? .failed(problem) : .lost
        case .whole(let digest):
            var file = ImportFile(path: path, mappingFolder: nil, order: job.order, digest: digest)
            do throws(StoreError) {
                file.receipt = try await receipt(of: file, job.id)
                file.places = try await places(of: file)
            } catch {
                try? await store.release(job.id, afterSeconds: Self.delaySeconds, by: worker)
                throw error
            }
            end = await runner.run(job, file, by: worker)
        }
        switch end {
        // What is not deleted now, the sweep deletes.
        case .done, .failed: try? await store.deleteBody(job.id)
        case .givenBack, .lost: break
        }
        logger.info("import ended", metadata: ["import": "\(job.id)", "end": "\(end)"])
        // A file that is no good is no reason to wait with the next.
        if case .failed = end { return true }
        return end == .done
    }

    /// A dry run leaves no trace of the file: one that never came is of now, as the file would be.
    private func receipt(of file: ImportFile, _ id: ImportID) async throws(StoreError) -> FileReceipt {
        if !file.order.isDryRun { return try await store.firstReceived(id, file.digest, as: file.reading) }
        let known = try await store.knownReceipt(file.digest, as: file.reading)
        if let content = known.content, let reading = known.reading {
            return FileReceipt(content: content, reading: reading)
        }
        let now = try await targets.reconciliations.store.now()
        return FileReceipt(content: known.content ?? now, reading: now)
    }

    /// Location aliases that one file may name things by; behind so many, locations are named by their ids.
    private static let placesMax = 200_000

    private func places(of file: ImportFile) async throws(StoreError) -> [LocationReference: LocationID] {
        let mayName = file.order.mapping.map { $0.contains("Code") } ?? true
        guard file.order.kind.isMaster, mayName else { return [:] }
        var places: [LocationReference: LocationID] = [:]
        var page = PageRequest()
        page.limit = PageRequest.limitMax
        while places.count < Self.placesMax {
            let found = try await targets.master.locationAliases(LocationAliasFilter(), page)
            for alias in found.elements.map(\.value) {
                places[.code(system: alias.codeSystem, alias.code)] = alias.location
            }
            guard found.hasMore, let last = found.elements.last?.value else { break }
            page.after = "\(last.codeSystem)\n\(last.code)"
        }
        return places
    }

    private enum Copy {
        case whole(Inventory.Digest)
        /// A piece is missing, or is not as it came.
        case differs
        /// There is no room for it on this machine.
        case impossible
        /// Somebody else has taken the import over.
        case lost
    }

    /// Copies the body out of the database, a piece at a time, and compares it with what was received: a short file
    /// would be a short import.
    private func write(
        _ job: StoredImport, to path: String, by worker: String
    ) async throws(StoreError) -> Copy {
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: path)
        else {
            logger.error("no temporary file for an import", metadata: ["import": "\(job.id)"])
            return .impossible
        }
        defer { try? handle.close() }
        var hasher = Crypto.SHA256()
        var bytes: Int64 = 0
        var number = 0
        while let chunk = try await store.chunk(number, of: job.id) {
            do {
                try handle.write(contentsOf: chunk)
            } catch {
                logger.error("temporary file of an import not written", metadata: ["import": "\(job.id)"])
                return .impossible
            }
            hasher.update(data: chunk)
            bytes += Int64(chunk.count)
            number += 1
            guard try await store.renew(job.id, by: worker) else { return .lost }
        }
        guard let digest = job.digest, bytes == job.bytesReceived, Array(hasher.finalize()) == digest.bytes else {
            logger.error(
                "the body of an import is not what was received",
                metadata: ["import": "\(job.id)", "bytes": "\(bytes)", "received": "\(job.bytesReceived)"])
            return .differs
        }
        return .whole(digest)
    }

    private static let digestBytesPerRead = 1 << 20

    /// What a file of this machine holds, as far as a name goes, and its size.
    /// - Throws: `ImportProblem`
    package static func digest(of path: String) throws(ImportProblem) -> (digest: Inventory.Digest, bytes: Int64) {
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? handle.close() }
            var hasher = Crypto.SHA256()
            var bytes: Int64 = 0
            while let chunk = try handle.read(upToCount: digestBytesPerRead), !chunk.isEmpty {
                hasher.update(data: chunk)
                bytes += Int64(chunk.count)
            }
            guard let digest = Inventory.Digest(Array(hasher.finalize())) else {
                preconditionFailure("SHA-256 has 32 bytes")
            }
            return (digest, bytes)
        } catch {
            throw ImportProblem(
                code: "unreadableFile", detail: "\(path) cannot be read: \(FileTrouble.words(error, reading: path))")
        }
    }

    /// Imports a file of this machine; started again after it was killed, it goes on.
    /// - Parameter bytes: of the file.
    /// - Returns: nil when another process works on the same import all the time.
    package func runLocal(
        _ file: ImportFile, bytes: Int64, onWaiting: @Sendable () -> Void,
        onProgress: @escaping @Sendable (StoredImport) async -> Void
    ) async throws(StoreError) -> (id: ImportID, end: ImportRunner.End)? {
        let id = file.importID
        let worker = ImportID.draw().text
        for attempt in 0..<Self.claimsMax {
            let claimed = try await store.claim(id, file.order, bytes: bytes, digest: file.digest, by: worker)
            if let claimed {
                var file = file
                file.receipt = try await receipt(of: file, id)
                file.places = try await places(of: file)
                return (id, await runner.run(claimed, file, by: worker, onProgress: onProgress))
            }
            if attempt == 0 { onWaiting() }
            try? await Task.sleep(for: .seconds(1))
            if Task.isCancelled { return nil }
        }
        return nil
    }
}

extension ImportFile {
    /// The same for the same content, read in the same way; a dry run is another.
    fileprivate var importID: ImportID {
        ImportID(digest: order.isDryRun ? sha256(reading.bytes + Array("dry run".utf8)) : reading)
    }
}

/// A body that is arriving. Only one piece of it is in memory.
package struct ImportReception: Sendable {
    package let id: ImportID
    private let store: any ImportStore
    private var piece: [UInt8] = []
    private var pieces = 0
    private var keptBytes: Int64 = 0
    private var hasher = Crypto.SHA256()
    package private(set) var bytesReceived: Int64 = 0

    private static let pieceBytes = 1 << 20
    /// Attempts at the last commit while it is not known whether it was made.
    private static let attemptsMax = 3

    init(id: ImportID, store: any ImportStore) {
        self.id = id
        self.store = store
    }

    /// - Returns: whether a piece was full and was written down, with all but less than a piece before it.
    @discardableResult
    package mutating func write(_ bytes: some Collection<UInt8>) async throws(StoreError) -> Bool {
        bytesReceived += Int64(bytes.count)
        piece.append(contentsOf: bytes)
        guard piece.count >= Self.pieceBytes else { return false }
        while piece.count >= Self.pieceBytes {
            try await keep(Array(piece.prefix(Self.pieceBytes)))
            piece.removeFirst(Self.pieceBytes)
        }
        return true
    }

    /// Everything has come: the import waits for its turn.
    /// - Parameter key: makes the key of the request from the content's digest.
    package mutating func finish(
        _ key: (Inventory.Digest) -> RequestKey?
    ) async throws(StoreError) -> ImportReceipt {
        if !piece.isEmpty { try await keep(piece) }
        piece = []
        guard let digest = Inventory.Digest(Array(hasher.finalize())) else {
            preconditionFailure("SHA-256 has 32 bytes")
        }
        let key = key(digest)
        for _ in 1..<Self.attemptsMax {
            do {
                return try await store.received(id, digest: digest, key: key)
            } catch {
                guard case .outcomeUnknown = error else { throw error }
            }
        }
        return try await store.received(id, digest: digest, key: key)
    }

    private mutating func keep(_ bytes: [UInt8]) async throws(StoreError) {
        hasher.update(data: bytes)
        keptBytes += Int64(bytes.count)
        try await store.append(bytes, as: pieces, to: id, bytesReceived: keptBytes)
        pieces += 1
    }
}
