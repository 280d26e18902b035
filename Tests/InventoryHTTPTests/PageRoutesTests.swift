import Foundation
import Gzip
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Inventory
import InventoryHTTP
import PageFiles
import StrictJSON
import Testing

/// The pages as they are served: what a browser may keep, what may run in them, and that they open nothing.
@Suite struct PageRoutesTests {
    /// They are no part of the contract, so its checks of answers do not apply.
    private func get(
        _ server: TestServer, _ path: String, _ method: HTTPRequest.Method = .get, headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        try await server.client.execute(uri: path, method: method, headers: headers) { $0 }
    }

    private func header(_ name: String, _ response: TestResponse) -> String? {
        HTTPField.Name(name).flatMap { response.headers[$0] }
    }

    private static let folder = URL(filePath: #filePath).appending(path: "../../../Pages").standardizedFileURL

    /// The first address of an asset in a page.
    private func assetAddress(_ page: TestResponse) throws -> String {
        let text = String(buffer: page.body)
        return String(try #require(text.firstMatch(of: /"(\/assets\/[^"]+\.js)"/)).1)
    }

    @Test func `the pages in the program are the files of the folder`() throws {
        let folder = Self.folder.path(percentEncoded: false)
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { name in
            !name.split(separator: "/").contains { $0.hasPrefix(".") }
                && FileManager.default.contents(atPath: "\(folder)/\(name)") != nil
        }
        #expect(PageFile.all.map(\.name) == names.sorted(), "run `make pages`")
        for file in PageFile.all {
            #expect(file.bytes == Array(try Data(contentsOf: Self.folder.appending(path: file.name))), "\(file.name)")
        }
    }

    @Test func `every page is there, and runs nothing but its own scripts`() async throws {
        try await TestServer.run(pages: PageSettings()) { server async throws in
            for path in ["/", "/signin", "/store", "/store/367", "/store/Stra%C3%9Fe%201", "/console", "/console/a/b"] {
                let page = try await get(server, path)
                #expect(page.status == .ok, "\(path)")
                #expect(header("content-type", page) == "text/html; charset=utf-8")
                #expect(header("cache-control", page) == "no-cache")
                let policy = try #require(header("content-security-policy", page))
                #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self';"))
                #expect(policy.contains("connect-src 'self';") && !policy.contains("unsafe"))
                #expect(header("x-content-type-options", page) == "nosniff")
                #expect(header("x-frame-options", page) == "DENY")
                let text = String(buffer: page.body)
                #expect(!text.contains("/assets/dev/") && !text.contains(" style=") && !text.contains("<script>"))
                #expect(try await get(server, path, .head).status == .ok)
            }
            #expect(try await get(server, "/stores").status == .notFound)
            #expect(try await get(server, "/", .post).status == .methodNotAllowed)
        }
    }

    @Test func `an asset is kept for ever under its version, and found under an older one`() async throws {
        try await TestServer.run(pages: PageSettings()) { server async throws in
            let address = try assetAddress(try await get(server, "/"))
            let asset = try await get(server, address)
            #expect(asset.status == .ok && header("cache-control", asset) == "public, max-age=31536000, immutable")
            let tag = try #require(asset.headers[.eTag])
            let again = try await get(server, address, headers: [.ifNoneMatch: tag])
            #expect(again.status == .notModified && again.body.readableBytes == 0)
            let version = try #require(address.split(separator: "/").dropFirst().first)
            let older = try await get(server, address.replacing(version, with: "0123456789abcdef"))
            #expect(older.status == .ok && header("cache-control", older) == "no-cache" && older.body == asset.body)
            for path in ["/assets/\(version)/js/none.js", "/assets/\(version)/../api.js", "/assets/\(version)"] {
                #expect(try await get(server, path).status == .notFound, "\(path)")
            }
            let list = try await get(server, "/assets/\(version)/files.json")
            let names = try JSONDocument(parsing: Array(list.body.readableBytesView)).root
            #expect(names.elements?.compactMap(\.string) == PageFile.all.map(\.name))
        }
    }

    @Test func `whoever takes gzip gets it, with a tag of its own`() async throws {
        try await TestServer.run(pages: PageSettings()) { server async throws in
            let address = try assetAddress(try await get(server, "/")).replacing("home.js", with: "api.js")
            let plain = try await get(server, address)
            let packed = try await get(server, address, headers: [.acceptEncoding: "gzip"])
            #expect(packed.headers[.contentEncoding] == "gzip" && plain.headers[.contentEncoding] == nil)
            #expect(packed.body.readableBytes * 2 < plain.body.readableBytes)
            #expect(header("vary", plain) == "Accept-Encoding" && header("vary", packed) == "Accept-Encoding")
            let tag = try #require(packed.headers[.eTag])
            #expect(tag != plain.headers[.eTag])
            let unpacked = try await get(server, address, headers: [.ifNoneMatch: tag])
            #expect(unpacked.status == .ok)
            let writer = GzipWriter()
            let bytes = writer.write(Array(plain.body.readableBytesView)) + writer.finish()
            #expect(Array(packed.body.readableBytesView) == bytes)
        }
    }

    @Test func `the widget is for the pages of every shop, and nothing else is`() async throws {
        try await TestServer.run(pages: PageSettings()) { server async throws in
            let widget = try await get(server, "/widget.js", headers: [.origin: "https://shop.example"])
            #expect(header("access-control-allow-origin", widget) == "*")
            #expect(header("cross-origin-resource-policy", widget) == "cross-origin")
            for path in ["/", "/store/367", "/worker.js", "/pages/config.json"] {
                let answer = try await get(server, path, headers: [.origin: "https://shop.example"])
                #expect(answer.status == .ok && header("access-control-allow-origin", answer) == nil, "\(path)")
            }
            let worker = try await get(server, "/worker.js")
            #expect(!String(buffer: worker.body).contains("/assets/dev/"))
        }
    }

    @Test func `pages say how to sign in, and may fetch from the issuer`() async throws {
        let issuer = PageSettings.Issuer(
            url: "https://login.example/realms/shop", clientID: "store-pages", audience: "holdfast", scope: "openid a",
            origins: ["https://tokens.example"])
        try await TestServer.runAsking(pages: PageSettings(issuer: issuer)) { server async throws in
            let config = try JSONDocument(
                parsing: Array(try await get(server, "/pages/config.json").body.readableBytesView)
            ).root
            #expect(config["mode"]?.string == "token" && config["issuer"]?.string == issuer.url)
            #expect(config["clientId"]?.string == "store-pages" && config["audience"]?.string == "holdfast")
            #expect(config["scope"]?.string == "openid a")
            let page = try await get(server, "/console")
            let policy = try #require(header("content-security-policy", page))
            #expect(policy.contains("connect-src 'self' https://login.example https://tokens.example;"))
            // A page is for anybody, what it asks for is not.
            #expect(try await server.get("/v1/access").status == 401)
        }
        try await TestServer.run(pages: PageSettings()) { server async throws in
            let config = try JSONDocument(
                parsing: Array(try await get(server, "/pages/config.json").body.readableBytesView)
            ).root
            #expect(config["mode"]?.string == "open" && config["issuer"]?.isNull == true)
        }
    }

    @Test func `without the setting there are no pages`() async throws {
        try await TestServer.run { server async throws in
            for path in ["/", "/store/367", "/console", "/widget.js", "/assets/x/js/api.js"] {
                #expect(try await get(server, path).status == .notFound, "\(path)")
            }
        }
    }

    @Test func `a caller is told who it is and what it may do`() async throws {
        try await TestServer.run { server async throws in
            let anybody = try await server.get("/v1/access").json
            #expect(anybody?["client"]?.isNull == true && anybody?["actor"]?.isNull == true)
            #expect(anybody?["scopes"]?.elements?.count == 13 && anybody?["locations"]?.isNull == true)
            #expect(try await server.get("/v1/access?x=1").parameters == ["x"])
        }
        try await TestServer.runAsking { server async throws in
            let key = try await server.key("till-367", [.till], locations: ["367", "12"], sources: ["pos-367"])
            let till = try await server.with(key).get("/v1/access").json
            #expect(till?["client"]?.string == "till-367" && till?["actor"]?.string == "till-367")
            let scopes = till?["scopes"]?.elements?.compactMap(\.string)
            #expect(scopes == ["availability:read", "movements:write"])
            #expect(till?["locations"]?.elements?.compactMap(\.string) == ["12", "367"])
            #expect(till?["sources"]?.elements?.compactMap(\.string) == ["pos-367"])
        }
    }
}
