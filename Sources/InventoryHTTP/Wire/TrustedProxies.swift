import HTTPTypes

/// The proxies in front of the service, and which of their headers says where a request comes from. Only what a trusted
/// proxy says is believed: everybody else can write these headers too.
package struct TrustedProxies: Sendable, Hashable {
    /// Exactly one is looked at. A proxy that writes one passes the other on as its client sent it.
    package enum Header: String, Sendable, CaseIterable {
        case xForwardedFor = "x-forwarded-for"
        /// RFC 7239.
        case forwarded
    }

    /// Hops that are looked at, from the nearest.
    static let hopsMax = 32

    package var ranges: [AddressRange]
    package var header: Header

    package init(_ ranges: [AddressRange] = [], header: Header = .xForwardedFor) {
        self.ranges = ranges
        self.header = header
    }

    func trusts(_ address: IPAddress) -> Bool { ranges.contains { $0.contains(address) } }

    /// The address of the client whose request a proxy hands on: the first one that is not a trusted proxy's, from
    /// the nearest hop on. Where the chain breaks off, it is the last proxy that can be named.
    /// - Parameter proxy: at the other end of the connection, and trusted.
    func client(behind proxy: IPAddress, _ headers: HTTPFields) -> IPAddress {
        var client = proxy
        var hops = 0
        guard let name = HTTPField.Name(header.rawValue) else { return proxy }
        for line in headers[values: name].reversed() {
            guard let nodes = header == .forwarded ? ForwardedNodes.forwarded(line) : ForwardedNodes.list(line) else {
                return client
            }
            for node in nodes.reversed() {
                guard let address = ForwardedNodes.address(node), hops < Self.hopsMax else { return client }
                client = address
                hops += 1
                guard trusts(address) else { return client }
            }
        }
        return client
    }
}

/// Reads the values of the two headers.
private enum ForwardedNodes {
    /// The nodes of an `X-Forwarded-For`, in the order of the line.
    static func list(_ line: String) -> [String]? {
        line.split(separator: ",", omittingEmptySubsequences: false).map { trimmed($0) }
    }

    /// What `for` says in each element of a `Forwarded`, empty where it says nothing; nil if a quote is left open.
    static func forwarded(_ line: String) -> [String]? {
        var nodes = [""]
        var name = ""
        var value: String?
        var isQuoted = false
        var isEscaped = false
        func endPair() {
            if trimmed(name).lowercased() == "for", let value { nodes[nodes.count - 1] = trimmed(value) }
            (name, value) = ("", nil)
        }
        for character in line {
            if isQuoted {
                if isEscaped {
                    value?.append(character)
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    isQuoted = false
                } else {
                    value?.append(character)
                }
                continue
            }
            switch character {
            case ",":
                endPair()
                nodes.append("")
            case ";": endPair()
            case "=" where value == nil: value = ""
            case "\"" where value != nil: isQuoted = true
            default: if value == nil { name.append(character) } else { value?.append(character) }
            }
        }
        endPair()
        return isQuoted ? nil : nodes
    }

    /// An address, with or without a port; nil for `unknown`, an obfuscated name or anything else.
    static func address(_ node: String) -> IPAddress? {
        if node.hasPrefix("[") {
            guard let end = node.firstIndex(of: "]") else { return nil }
            let rest = node[node.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { return nil }
            return IPAddress(node[node.index(after: node.startIndex)..<end])
        }
        let parts = node.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 ? IPAddress(parts[0]) : IPAddress(node)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        let start = text.drop(while: isBlank)
        return String(String(start).reversed().drop(while: isBlank).reversed())
    }
}
