import Crypto
package import Inventory

/// The hash that the core is handed for fingerprints and chains.
package let sha256 = Hash { bytes in
    var hasher = Crypto.SHA256()
    hasher.update(bufferPointer: bytes)
    guard let digest = hasher.finalize().withUnsafeBytes({ Digest($0) }) else {
        preconditionFailure("SHA-256 has 32 bytes")
    }
    return digest
}
