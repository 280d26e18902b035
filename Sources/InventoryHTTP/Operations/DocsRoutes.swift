import Foundation
import Hummingbird
import NIOCore

/// The contract, as a file and as a page to browse. The page's viewer is Swagger UI, installed beside the program
/// and served from here, so that it works without the internet.
struct DocsRoutes {
    private let contract: ServedContract
    private let viewer: [String: ByteBuffer]

    /// What the viewer needs, with its media types.
    private static let viewerFiles = [
        "swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript",
        "swagger-ui-standalone-preset.js": "text/javascript",
    ]

    /// - Parameter viewerFolder: a folder with the files of Swagger UI's `dist`; nil for none.
    init(contract: ServedContract, viewerFolder: String?) {
        self.contract = contract
        var viewer: [String: ByteBuffer] = [:]
        for file in Self.viewerFiles.keys {
            guard let folder = viewerFolder, let data = FileManager.default.contents(atPath: "\(folder)/\(file)") else {
                continue
            }
            viewer[file] = ByteBuffer(bytes: data)
        }
        self.viewer = viewer.count == Self.viewerFiles.count ? viewer : [:]
    }

    func add(to router: RouterGroup<AppContext>) {
        router.get("openapi.yaml") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/yaml; charset=utf-8"], body: .init(byteBuffer: contract.text)
            )
        }
        router.get("docs") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/html; charset=utf-8", .contentSecurityPolicy: Self.contentSecurity],
                body: .init(byteBuffer: ByteBuffer(string: viewer.isEmpty ? Self.plainPage : Self.page)))
        }
        router.get("docs/{file}") { _, context in
            guard let name = context.parameters.get("file"), let content = viewer[name],
                let type = Self.viewerFiles[name]
            else { throw Problem.notFound("such file") }
            return Response(
                status: .ok, headers: [.contentType: type, .cacheControl: "public, max-age=86400"],
                body: .init(byteBuffer: content))
        }
    }

    private static let contentSecurity =
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        + "connect-src 'self'"

    private static let page = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Holdfast API</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="/docs/swagger-ui.css">
        </head>
        <body>
        <div id="contract"></div>
        <script src="/docs/swagger-ui-bundle.js"></script>
        <script src="/docs/swagger-ui-standalone-preset.js"></script>
        <script>
        SwaggerUIBundle({
            url: "/openapi.yaml", dom_id: "#contract", deepLinking: true, docExpansion: "list",
            defaultModelsExpandDepth: 0, presets: [SwaggerUIBundle.presets.apis], validatorUrl: null,
            // The contract names its usual address; requests from this page go where the page came from.
            requestInterceptor: (request) => {
                const url = new URL(request.url, location.href);
                url.protocol = location.protocol;
                url.host = location.host;
                request.url = url.href;
                // A key is of one's own for each request: the example's would do for the first that is sent.
                if (request.headers?.["Idempotency-Key"] === "01a22190-0f3e-7c21-9d3b-2f6b8f1c4e59") {
                    request.headers["Idempotency-Key"] =
                        Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join("-");
                }
                return request;
            },
        });
        </script>
        </body>
        </html>
        """

    private static let plainPage = """
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Holdfast API</title><link rel="icon" href="data:,"></head>
        <body>
        <h1>Holdfast API</h1>
        <p>The contract is <a href="/openapi.yaml">openapi.yaml</a>. The page to browse it needs Swagger UI beside the
        program: run <code>make docs-viewer</code>, or set HOLDFAST_DOCS_VIEWER_DIR to a folder with its files.</p>
        </body>
        </html>
        """
}
