import Foundation

/// A running holdfast of the test's own, ended by its own process id.
///
/// What it prints goes to a file without a name. Read through a pipe's `readabilityHandler`, it corrupted memory now and then
/// and took the whole test run with it, a known fault of Foundation on Linux: swiftlang/swift-corelibs-foundation#3276.
final class Program: Sendable {
    private let process: Process
    private let output: FileHandle

    /// Beside the test bundle, where the build puts it.
    static var path: String {
        URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "holdfast")
            .path(percentEncoded: false)
    }

    /// - Parameter settings: environment variables, without their HOLDFAST_ prefix.
    init(_ arguments: [String], _ settings: [String: String]) throws {
        process = Process()
        process.executableURL = URL(filePath: Self.path)
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("HOLDFAST_") }
        for (key, value) in settings { environment["HOLDFAST_\(key)"] = value }
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        output = try Self.nameless()
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    var processID: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    /// All that it has printed. The program's own offset in the file is left alone.
    var text: String {
        var bytes = [UInt8]()
        var status = stat()
        guard fstat(output.fileDescriptor, &status) == 0 else { return "" }
        bytes.reserveCapacity(Int(status.st_size))
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = pread(output.fileDescriptor, &piece, piece.count, off_t(bytes.count))
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: piece[..<count])
        }
    }

    /// A new file that is gone once nobody has it open.
    static func nameless() throws -> FileHandle {
        let path = "/tmp/holdfast-output-\(UUID().uuidString)"
        guard FileManager.default.createFile(atPath: path, contents: nil) else { throw POSIXError(.EIO) }
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = try FileHandle(forUpdating: URL(filePath: path))
        // Both of the program's streams append, as they would to one pipe.
        guard fcntl(file.fileDescriptor, F_SETFL, O_APPEND) == 0 else { throw POSIXError(.EIO) }
        return file
    }

    func signal(_ signal: Int32) { kill(process.processIdentifier, signal) }

    struct TooLate: Error {
        let waitedFor: String
        let output: String
    }

    /// - Returns: the exit status; a signal's number when one ended it.
    @discardableResult
    func exitStatus(within seconds: Double = 60) async throws -> Int32 {
        try await wait("the end", seconds) { !process.isRunning }
        return process.terminationStatus
    }

    func wait(_ what: String, _ seconds: Double = 60, until condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
        while try await !condition() {
            guard ContinuousClock.now < deadline else { throw TooLate(waitedFor: what, output: text) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// The address it listens on, once it says so.
    func address() async throws -> String {
        try await wait("its address") { text.contains("listens on ") || !process.isRunning }
        guard let line = text.split(separator: "\n").first(where: { $0.contains("holdfast listens on ") }),
            let address = line.split(separator: " ").last
        else { throw TooLate(waitedFor: "its address", output: text) }
        return String(address)
    }

    /// Serves, and its database has been reached.
    func ready() async throws -> Client {
        let client = Client(base: try await address())
        try await wait("readiness") { try await client.status("/health/ready") == 200 || !process.isRunning }
        return client
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
}

/// A folder of the test's own, removed behind it. PostgreSQL's user can enter it.
func withFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let folder = "/tmp/holdfast-system-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}
