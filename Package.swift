// swift-tools-version:6.2
import PackageDescription

// Warnings are errors where the environment says CI=true; locally they are only warnings.
let warnings: [SwiftSetting] = Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let swiftSettings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ] + warnings

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let collections: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let kafka: Target.Dependency = .target(name: "CRdKafka", condition: .when(traits: ["Kafka"]))

func source(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

// The bodies of tests are compiled quickly rather than well, and in pieces, so that one large module keeps all cores busy.
// What they test, and what they share, is optimised. Tests are found through an index of their modules; what those import need
// not be in it.
let testSettings =
    swiftSettings + [
        .unsafeFlags([
            "-Onone", "-no-whole-module-optimization", "-enable-batch-mode",
            "-index-ignore-clang-modules", "-index-ignore-system-modules",
        ])
    ]

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: testSettings)
}

let package = Package(
    name: "holdfast",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "holdfast", targets: ["holdfast"])],
    traits: [
        .trait(name: "Kafka", description: "Delivers the feed to Kafka through librdkafka (docs/kafka.md)")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    ],
    targets: [
        // The arrows below are the architecture: see ARCHITECTURE.md. They point one way.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        source("Inventory", []),
        source("StrictJSON", []),
        source("Gzip", ["CZlib"]),
        source("LibPQ", ["CLibPQ", logging]),
        source("InventoryService", ["Inventory", logging, lifecycle, collections, crypto]),
        source("InventoryPostgres", ["InventoryService", "Inventory", "LibPQ", "Migrations", logging, crypto]),
        source("InventoryWire", ["InventoryService", "Inventory", "StrictJSON"]),
        source(
            "InventoryHTTP",
            [
                "InventoryWire", "InventoryService", "Inventory", "StrictJSON", "OpenAPIContract", "PageFiles", "Gzip",
                logging, crypto,
                hummingbird, hummingbirdCore, nioCore, .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"), nioSSL,
                .product(name: "NIOTLS", package: "swift-nio"),
            ]),
        // The contract, the migrations and the pages, inside the program so that one file is all that a server needs.
        .target(name: "CEmbeddedFiles"),
        source("OpenAPIContract", ["CEmbeddedFiles"]),
        source("Migrations", ["CEmbeddedFiles"]),
        source("PageFiles", ["CEmbeddedFiles"]),
        source(
            "EmbeddedPostgres",
            [
                logging, lifecycle, .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        source(
            "InventoryImport",
            ["InventoryWire", "InventoryService", "Inventory", "StrictJSON", "CPCRE2", "CZlib", "Yams"]),
        source(
            "AccessTokens",
            [
                "InventoryService", "Inventory", "StrictJSON", logging, nioCore, httpClient,
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "JWTKit", package: "jwt-kit"),
            ]),
        // The only one that sends to addresses which clients name.
        source(
            "WebhookDelivery",
            [
                "InventoryService", nioCore, nioSSL, httpClient, .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        // Without the trait it has no producer, and needs no librdkafka.
        source("KafkaDelivery", ["InventoryService", logging, kafka]),
        .executableTarget(
            name: "holdfast",
            dependencies: [
                "AccessTokens", "WebhookDelivery", "KafkaDelivery", "InventoryHTTP", "InventoryPostgres",
                "InventoryService",
                "InventoryImport", "Inventory", "EmbeddedPostgres", "LibPQ", "StrictJSON", "Gzip", crypto, logging,
                lifecycle,
                nioCore, .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), "OpenAPIContract",
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                httpClient, hummingbird,
            ],
            swiftSettings: swiftSettings),

        // What `make bench-micro` counts, compiled as the program is. No part of it.
        .target(
            name: "HotPaths", dependencies: ["InventoryWire", "Inventory", "StrictJSON"],
            path: "Benchmarks/micro/HotPaths", swiftSettings: swiftSettings),
        .executableTarget(
            name: "profile", dependencies: ["HotPaths", "Inventory"], path: "Benchmarks/micro/profile",
            swiftSettings: swiftSettings),

        // Tests: one target per source target, and whole programs in SystemTests.
        .target(
            name: "TestSupport",
            dependencies: [
                "Inventory", "InventoryService", "InventoryPostgres", "EmbeddedPostgres", "LibPQ", "OpenAPIContract",
                "StrictJSON", "Yams", logging, crypto, kafka,
            ],
            path: "Tests/TestSupport", swiftSettings: swiftSettings),
        tests("InventoryTests", ["Inventory", "TestSupport", crypto]),
        tests("StrictJSONTests", ["StrictJSON", "TestSupport"]),
        tests("LibPQTests", ["LibPQ", "TestSupport", logging]),
        tests("InventoryServiceTests", ["InventoryService", "Inventory", "TestSupport", logging, lifecycle]),
        tests(
            "InventoryPostgresTests",
            [
                "InventoryPostgres", "InventoryService", "Inventory", "LibPQ", "Migrations", "StrictJSON",
                "TestSupport",
                logging,
            ]),
        tests(
            "InventoryHTTPTests",
            [
                "InventoryHTTP", "InventoryImport", "InventoryPostgres", "InventoryService", "Inventory",
                "OpenAPIContract", "PageFiles", "Gzip", "WebhookDelivery",
                "StrictJSON", "TestSupport", "Yams",
                logging, hummingbird, hummingbirdCore, .product(name: "HummingbirdTesting", package: "hummingbird"),
                nioCore, nioSSL, httpClient, .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        tests(
            "AccessTokensTests",
            [
                "AccessTokens", "InventoryService", "Inventory", "TestSupport", logging,
                .product(name: "JWTKit", package: "jwt-kit"),
            ]),
        tests(
            "WebhookDeliveryTests",
            [
                "WebhookDelivery", "InventoryService", logging, hummingbird, nioCore,
            ]),
        tests(
            "KafkaDeliveryTests",
            [
                "KafkaDelivery", "InventoryHTTP", "InventoryPostgres", "InventoryService", "Inventory", "LibPQ",
                "StrictJSON", "TestSupport", logging,
            ]),
        tests("InventoryImportTests", ["InventoryImport", "StrictJSON", "TestSupport"]),
        tests(
            "SystemTests",
            [
                "holdfast", "Inventory", "InventoryService", "EmbeddedPostgres", "LibPQ", "OpenAPIContract",
                "StrictJSON",
                "TestSupport", logging, httpClient, nioCore, .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
    ]
)
