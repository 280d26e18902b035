import Crypto
import Gzip
import HTTPTypes
import Hummingbird
import Inventory
import NIOCore
import PageFiles

/// A file of the pages, ready to be sent, packed and not.
struct PageAsset: Sendable {
    let type: String
    private let plain: ByteBuffer
    /// Nil where packing does not make it smaller.
    private let packed: ByteBuffer?
    /// Of the plain bytes; the packed ones have another, since a strong tag names bytes (RFC 9110, section 8.8.3).
    private let tag: String
    private let packedTag: String

    fileprivate init(_ bytes: [UInt8], type: String) {
        self.type = type
        plain = ByteBuffer(bytes: bytes)
        let writer = GzipWriter()
        let smaller = writer.write(bytes) + writer.finish()
        packed = smaller.count < bytes.count ? ByteBuffer(bytes: smaller) : nil
        let digest = SHA256.hash(data: bytes).hexadecimal(bytes: 12)
        tag = "\"\(digest)\""
        packedTag = "\"\(digest)-gzip\""
    }

    /// - Throws: `Problem` for an `If-None-Match` that names nothing.
    func answer(_ request: Request, headers: HTTPFields) throws -> Response {
        let isPacked = packed != nil && request.acceptsGzip
        var headers = headers
        headers[.eTag] = isPacked ? packedTag : tag
        headers.append(HTTPField(name: .vary, value: "Accept-Encoding"))
        guard try !request.hasAlready(isPacked ? packedTag : tag) else {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = type
        if isPacked { headers[.contentEncoding] = "gzip" }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: isPacked ? packed ?? plain : plain))
    }
}

/// The files of the pages that are in the program.
struct PageAssets: Sendable {
    /// Stands in the addresses of assets, and changes with any of them: so browsers may keep each for ever.
    let version: String
    private let files: [String: PageAsset]

    static let ofProgram = PageAssets(PageFile.all)

    /// In the sources assets have an address that `Scripts/serve-pages.py` serves from disk.
    private static let sourceAddress = "/assets/dev/"
    /// Files that name assets by address; modules and style sheets name each other by relative ones.
    private static let namesAssets: Set = ["html", "webmanifest"]
    private static let worker = "worker.js"
    /// What the worker keeps for the time without a network is chosen from it.
    private static let list = "files.json"

    private static let types = [
        "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml", "png": "image/png", "webmanifest": "application/manifest+json",
        "json": "application/json",
    ]

    private init(_ sources: [PageFile]) {
        var hasher = SHA256()
        for file in sources {
            hasher.update(data: Array(file.name.utf8) + [0])
            hasher.update(data: file.bytes)
        }
        let version = hasher.finalize().hexadecimal(bytes: 8)
        var files: [String: PageAsset] = [:]
        for file in sources {
            let ending = String(file.name.reversed().prefix { $0 != "." }.reversed())
            guard let type = Self.types[ending] else {
                preconditionFailure("Pages/\(file.name): its ending has no media type")
            }
            var bytes = file.bytes
            if Self.namesAssets.contains(ending) || file.name == Self.worker {
                let text = String(decoding: bytes, as: UTF8.self)
                bytes = Array(text.replacing(Self.sourceAddress, with: "/assets/\(version)/").utf8)
            }
            files[file.name] = PageAsset(bytes, type: type)
        }
        // Names of our own files: nothing in them needs an escape.
        let names = sources.map { "\"\($0.name)\"" }.joined(separator: ",")
        files[Self.list] = PageAsset(Array("[\(names)]".utf8), type: "application/json")
        self.version = version
        self.files = files
    }

    subscript(_ name: String) -> PageAsset? { files[name] }
}

extension SHA256Digest {
    fileprivate func hexadecimal(bytes count: Int) -> String {
        withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[..<count]).hexadecimal }
    }
}
