import Inventory
import StrictJSON

extension FactLine {
    /// The fingerprint of the line's known fields as they were sent. Free `attributes` compare as JSON values: neither the
    /// order of members nor white space makes the same line another.
    func contentFingerprint(_ hash: Hash) -> Fingerprint {
        guard let attributes, let document = try? JSONDocument(parsing: Array(attributes.utf8)) else {
            return fingerprint(hash)
        }
        var line = self
        line.attributes = document.root.canonicalText
        return line.fingerprint(hash)
    }
}
