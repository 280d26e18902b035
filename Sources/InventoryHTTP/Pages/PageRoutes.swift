import HTTPTypes
import Hummingbird
import StrictJSON

/// The pages for people. They are files and use the API as any client does: no page knows more than its user may ask for, so
/// anyone may fetch them (ADR 35).
struct PageRoutes {
    private let settings: PageSettings
    private let isOpen: Bool
    private let assets = PageAssets.ofProgram

    init(_ settings: PageSettings, _ access: RequestAccess) {
        self.settings = settings
        if case .open = access { isOpen = true } else { isOpen = false }
    }

    /// As the router names them; they are no part of the contract.
    static let routes: Set = [
        "GET /", "GET /signin", "GET /store", "GET /store/{id}", "GET /console", "GET /console/**",
        "GET /assets/{version}/**", "GET /pages/config.json", "GET /worker.js", "GET /widget.js",
    ]

    func add(to router: RouterGroup<AppContext>) {
        for (path, file) in [
            ("/", "index.html"), ("signin", "signin.html"), ("store", "store.html"), ("store/{id}", "store.html"),
            ("console", "console.html"), ("console/**", "console.html"),
        ] {
            router.get(RouterPath(path)) { request, _ in try page(file, request) }
        }
        router.get("assets/{version}/**", use: asset)
        router.get("pages/config.json", use: config)
        router.get("worker.js") { request, _ in try script("worker.js", request, .worker) }
        router.get("widget.js") { request, _ in try script("widget.js", request, .widget) }
    }

    private func page(_ file: String, _ request: Request) throws -> Response {
        guard let asset = assets[file] else { throw Problem.notFound("such page") }
        return try asset.answer(request, headers: pageHeaders)
    }

    @Sendable private func asset(_ request: Request, context: AppContext) throws -> Response {
        let name = context.parameters.getCatchAll().joined(separator: "/")
        guard let asset = assets[name] else { throw Problem.notFound("such file") }
        // A page that is open since before an update asks for files of its version; it gets those there are.
        let isThisVersion = context.parameters.get("version") == assets.version
        return try asset.answer(
            request, headers: [.cacheControl: isThisVersion ? "public, max-age=31536000, immutable" : "no-cache"])
    }

    private func script(_ file: String, _ request: Request, _ headers: HTTPFields) throws -> Response {
        guard let asset = assets[file] else { throw Problem.notFound("such file") }
        return try asset.answer(request, headers: headers)
    }

    @Sendable private func config(_ request: Request, context: AppContext) throws -> Response {
        try .taggedJSON(request, headers: [.cacheControl: "no-cache"]) { writer in
            writer.object {
                $0.field("mode", isOpen ? "open" : "token")
                $0.field("issuer", settings.issuer?.url)
                $0.field("clientId", settings.issuer?.clientID)
                $0.field("audience", settings.issuer?.audience)
                $0.field("scope", settings.issuer?.scope)
                $0.field("version", assets.version)
            }
        }
    }

    /// Only this origin's own scripts and styles run, and nothing is fetched from elsewhere but a token from the issuer.
    private var pageHeaders: HTTPFields {
        let issuer = settings.issuer.map { [$0.origin] + $0.origins } ?? []
        let connect = (["'self'"] + issuer).joined(separator: " ")
        var headers: HTTPFields = [
            .cacheControl: "no-cache",
            .contentSecurityPolicy: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                + "font-src 'self'; connect-src \(connect); worker-src 'self'; manifest-src 'self'; "
                + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ]
        headers.set("Referrer-Policy", "same-origin")
        // The associate's page scans codes with it.
        headers.set("Permissions-Policy", "camera=(self), microphone=(), geolocation=(self)")
        return headers
    }
}

extension HTTPFields {
    fileprivate mutating func set(_ name: String, _ value: String) {
        if let name = HTTPField.Name(name) { self[name] = value }
    }

    /// Browsers look for a new one themselves.
    fileprivate static let worker: HTTPFields = [.cacheControl: "no-cache"]

    /// Pages of shops load it, so it is for every origin; it is in the same place for all its versions.
    fileprivate static let widget: HTTPFields = {
        var headers: HTTPFields = [.cacheControl: "public, max-age=300, stale-while-revalidate=86400"]
        headers.set("Access-Control-Allow-Origin", "*")
        headers.set("Cross-Origin-Resource-Policy", "cross-origin")
        return headers
    }()
}
