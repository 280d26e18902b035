import Foundation

/// Runs a command of the machine's to its end. It blocks no thread meanwhile: all tests of the process share a few.
/// - Returns: the status and what was written to standard output.
func runCommand(_ arguments: [String]) async throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    let output = try Program.nameless()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    while process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
    try output.seek(toOffset: 0)
    return (process.terminationStatus, String(decoding: try output.readToEnd() ?? Data(), as: UTF8.self))
}
