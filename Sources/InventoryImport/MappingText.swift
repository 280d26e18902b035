import Yams

/// A mapping's text as YAML, of the part of YAML that mappings need. What is left out could make a small text a huge
/// structure (aliases that name aliases), or a deep one.
enum MappingText {
    private static let bytesMax = 64 << 10
    /// Maps and lists inside each other.
    private static let depthMax = 16

    /// - Throws: `.mapping` with what is wrong in it.
    static func root(_ yaml: String) throws(ImportError) -> Node? {
        guard yaml.utf8.count <= bytesMax else { throw .mapping("it has more than \(bytesMax) bytes") }
        // Before anything is put together: that alone would take all memory.
        guard !mayHaveAnchors(yaml) else {
            throw .mapping(
                "anchors and aliases (& and * before a name) are not taken; in a pattern, write [*] or [&] for the sign"
            )
        }
        let node: Node?
        do {
            node = try compose(yaml: yaml)
        } catch {
            throw .mapping("it is not YAML")
        }
        if let node { try check(node, depth: 0) }
        return node
    }

    /// Whether an anchor or an alias may begin anywhere, in quotes too: whether a quote is one is not to be told without
    /// reading all of YAML, and saying no too often costs a word in a pattern.
    private static func mayHaveAnchors(_ yaml: String) -> Bool {
        var before: Unicode.Scalar = "\n"
        var isSign = false
        for scalar in yaml.unicodeScalars {
            if isSign, isName(scalar) { return true }
            isSign = (scalar == "&" || scalar == "*") && canPrecedeToken(before)
            before = scalar
        }
        return false
    }

    private static func isName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
        default: !scalar.isASCII
        }
    }

    private static func canPrecedeToken(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "[", "{", ",", ":", "?", "-", "\u{FEFF}", "\u{85}": true
        default: scalar.properties.isWhitespace
        }
    }

    private static func check(_ node: Node, depth: Int) throws(ImportError) {
        guard depth < depthMax else { throw .mapping("its maps and lists are nested too deeply") }
        if let map = node.mapping {
            for (key, value) in map {
                guard key.scalar != nil else { throw .mapping("names must be texts, not maps or lists") }
                try check(value, depth: depth + 1)
            }
        } else if let list = node.sequence {
            for element in list { try check(element, depth: depth + 1) }
        }
    }
}
