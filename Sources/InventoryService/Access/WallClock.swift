import Foundation
package import Inventory

extension Timestamp {
    /// This machine's clock. Only for what another machine's clock says too, such as a token's expiry; everything that is
    /// stored has the database's.
    package static func now() -> Timestamp {
        Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded()))
    }
    /// Seconds since 1970, whole ones.
    package var seconds: Int64 { microseconds / 1_000_000 }
}
