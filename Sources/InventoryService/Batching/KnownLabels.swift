package import Inventory

/// What is known of the codes of labels.
package struct KnownLabels: Sendable {
    /// The source's rules; empty where it has none.
    package var rules: [LabelRule]
    /// Of the source's codes where a line names no system.
    package var codeSystem: CodeSystem?

    package init(rules: [LabelRule] = [], codeSystem: CodeSystem? = nil) {
        self.rules = rules
        self.codeSystem = codeSystem
    }
}

/// A code of system `gtin` that is known.
package struct KnownArticle: Sendable, Hashable {
    /// Of 14 digits.
    package let code: Code
    package let unit: String

    package init(code: Code, unit: String) {
        self.code = code
        self.unit = unit
    }
}
