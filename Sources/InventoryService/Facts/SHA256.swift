import Crypto
package import Inventory

/// The hash that the core is handed for fingerprints and chains.
package let sha256: Hash = { bytes in
    guard let digest = Digest(Array(Crypto.SHA256.hash(data: bytes))) else {
        preconditionFailure("SHA-256 has 32 bytes")
    }
    return digest
}
