import Foundation
import InventoryHTTP
import Testing

/// Certificates of a test's own in a folder of its own, made by `openssl`.
final class TestCertificates: Sendable {
    let folder: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "holdfast-tls-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.folder = folder.path(percentEncoded: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name).pem" }

    var files: TLSFiles { TLSFiles(certificate: path("server"), key: path("server-key")) }

    /// An authority.
    func makeAuthority(_ name: String = "ca") throws {
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=\(name)", "-keyout", path("\(name)-key"), "-out", path(name))
    }

    /// A certificate of this machine, or of a client, signed by an authority that is there.
    func make(_ name: String = "server", by authority: String = "ca") throws {
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)", "-keyout",
            path("\(name)-key"), "-out", path("\(name)-request"))
        let extensions = "\(folder)/extensions"
        try "subjectAltName=DNS:localhost,IP:127.0.0.1\n".write(toFile: extensions, atomically: true, encoding: .utf8)
        try openssl(
            "x509", "-req", "-in", path("\(name)-request"), "-CA", path(authority), "-CAkey", path("\(authority)-key"),
            "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", path(name))
    }

    /// A certificate of times long past, signed by itself.
    func makeExpired() throws {
        let config = """
            [ca]
            default_ca = all
            [all]
            database = \(folder)/index
            new_certs_dir = \(folder)
            rand_serial = yes
            default_md = sha256
            policy = any
            [any]
            commonName = supplied
            """
        try config.write(toFile: "\(folder)/config", atomically: true, encoding: .utf8)
        try "".write(toFile: "\(folder)/index", atomically: true, encoding: .utf8)
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=old", "-keyout",
            path("server-key"), "-out", path("request"))
        try openssl(
            "ca", "-batch", "-notext", "-config", "\(folder)/config", "-selfsign", "-keyfile", path("server-key"),
            "-in", path("request"), "-startdate", "20200101000000Z", "-enddate", "20200201000000Z", "-out",
            path("server"))
    }

    /// What `openssl` says of a certificate, as the service writes it.
    func fingerprint(_ name: String) throws -> String {
        let text = try openssl("x509", "-in", path(name), "-noout", "-fingerprint", "-sha256")
        return text.split(separator: "=").last.map { $0.filter(\.isHexDigit).lowercased() } ?? ""
    }

    func copy(_ name: String, to other: String) throws {
        let bytes = try Data(contentsOf: URL(filePath: path(name)))
        try bytes.write(to: URL(filePath: path(other)), options: .atomic)
    }

    @discardableResult
    private func openssl(_ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments.joined(separator: " "))")
        return text
    }
}
