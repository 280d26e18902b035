import Crypto
import Foundation
package import Logging
import NIOSSL
import Synchronization

/// The files, all PEM, that TLS is served from.
package struct TLSFiles: Sendable, Hashable {
    /// The certificate of the service, then those between it and the authority.
    package var certificate: String
    /// Its private key, without a passphrase.
    package var key: String
    /// The authorities whose signature makes a client's certificate valid; nil asks no client for one.
    package var clientCA: String?

    package init(certificate: String, key: String, clientCA: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.clientCA = clientCA
    }
}

/// What makes the files of TLS unusable: everything that was found.
package struct UnusableTLSFiles: Error, Equatable {
    package enum File: Sendable { case certificate, key, clientCA }

    package struct Fault: Sendable, Equatable {
        package let file: File
        package let detail: String
    }

    package let faults: [Fault]
}

/// The certificate that new connections are served with. It can be exchanged while the service runs: connections that
/// are open keep theirs.
package final class ServerCertificates: Sendable {
    package enum Reload: Sendable, Equatable {
        case unchanged
        case changed
        /// What was there before is still served.
        case refused(UnusableTLSFiles)
    }

    private struct State {
        var context: NIOSSLContext
        var content: SHA256Digest
        /// What was refused last, so that it is said once.
        var refused: SHA256Digest?
        var refusal: UnusableTLSFiles?
    }

    private let files: TLSFiles
    private let logger: Logger
    private let state: Mutex<State>

    /// - Throws: `UnusableTLSFiles`.
    package init(_ files: TLSFiles, logger: Logger) throws {
        self.files = files
        self.logger = logger
        let content = try TLSContent(files)
        state = Mutex(State(context: try content.context(), content: content.digest))
        content.warnOfAge(logger)
    }

    /// For a connection that begins now.
    var context: NIOSSLContext { state.withLock { $0.context } }

    /// Looks at the files again. Whatever is wrong with them is logged at `error`, once.
    @discardableResult package func reload() -> Reload {
        let content: TLSContent
        do {
            content = try TLSContent(files)
        } catch {
            return refuse(error, nil)
        }
        guard state.withLock({ $0.content != content.digest }) else { return .unchanged }
        do {
            let context = try content.context()
            state.withLock { $0 = State(context: context, content: content.digest) }
        } catch {
            return refuse(error, content.digest)
        }
        logger.notice(
            "TLS certificate exchanged", metadata: ["file": "\(files.certificate)", "notAfter": "\(content.notAfter)"])
        content.warnOfAge(logger)
        return .changed
    }

    private func refuse(_ error: any Error, _ digest: SHA256Digest?) -> Reload {
        let refusal =
            error as? UnusableTLSFiles ?? UnusableTLSFiles(faults: [.init(file: .certificate, detail: "\(error)")])
        let isNew = state.withLock { state in
            defer { (state.refused, state.refusal) = (digest, refusal) }
            return state.refusal != refusal || state.refused != digest
        }
        if isNew {
            let details = refusal.faults.map(\.detail).joined(separator: "; ")
            logger.error(
                "new TLS files are not usable; the certificate from before is still served",
                metadata: ["reason": "\(details)"])
        }
        return .refused(refusal)
    }
}

/// What the files held when they were read.
private struct TLSContent {
    /// More than any chain or list of authorities needs.
    private static let bytesMax = 1 << 20

    let digest: SHA256Digest
    private let chain: [NIOSSLCertificate]
    private let key: NIOSSLPrivateKey
    private let clientCA: [NIOSSLCertificate]?
    private let files: TLSFiles

    /// - Throws: `UnusableTLSFiles`, with what is wrong with each file.
    init(_ files: TLSFiles) throws {
        var faults: [UnusableTLSFiles.Fault] = []
        var hash = SHA256()
        func read<Value>(
            _ file: UnusableTLSFiles.File, _ path: String, _ what: String, _ parse: ([UInt8]) throws -> Value?
        ) -> Value? {
            guard let bytes = Self.bytes(of: path) else {
                faults.append(.init(file: file, detail: "'\(path)' is not a readable file of up to 1 MiB"))
                return nil
            }
            hash.update(data: withUnsafeBytes(of: bytes.count) { Array($0) })
            hash.update(data: bytes)
            if let value = try? parse(bytes) { return value }
            faults.append(.init(file: file, detail: "'\(path)' is not \(what)"))
            return nil
        }
        let chain = read(.certificate, files.certificate, "a certificate in PEM", Self.certificates)
        let key = read(.key, files.key, "a private key in PEM without a passphrase") { bytes in
            try NIOSSLPrivateKey(bytes: bytes, format: .pem)
        }
        let clientCA = files.clientCA.map { read(.clientCA, $0, "a list of certificates in PEM", Self.certificates) }
        guard let chain, let key, faults.isEmpty else { throw UnusableTLSFiles(faults: faults) }
        (self.chain, self.key, self.clientCA, self.files) = (chain, key, clientCA ?? nil, files)
        digest = hash.finalize()
    }

    private static func certificates(_ bytes: [UInt8]) throws -> [NIOSSLCertificate]? {
        let certificates = try NIOSSLCertificate.fromPEMBytes(bytes)
        return certificates.isEmpty ? nil : certificates
    }

    private static func bytes(of path: String) -> [UInt8]? {
        guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: bytesMax + 1), data.count <= bytesMax else { return nil }
        return Array(data)
    }

    /// - Throws: `UnusableTLSFiles` where the key is another certificate's.
    func context() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        // Of TLS 1.2 only what HTTP/2 allows: RFC 9113, section 9.2.2.
        configuration.cipherSuiteValues = [
            .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ]
        configuration.applicationProtocols = ["h2", "http/1.1"]
        if let clientCA {
            configuration.certificateVerification = .optionalVerification
            configuration.trustRoots = .certificates(clientCA)
            configuration.sendCANameList = true
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw UnusableTLSFiles(faults: [
                .init(file: .key, detail: "'\(files.key)' is not the key of '\(files.certificate)'")
            ])
        }
    }

    var notAfter: String {
        Date(timeIntervalSince1970: TimeInterval(chain[0].notValidAfter)).formatted(.iso8601)
    }

    func warnOfAge(_ logger: Logger) {
        guard TimeInterval(chain[0].notValidAfter) < Date.now.timeIntervalSince1970 else { return }
        logger.warning(
            "the TLS certificate has expired; clients will refuse it",
            metadata: ["file": "\(files.certificate)", "notAfter": "\(notAfter)"])
    }
}
