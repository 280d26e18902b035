// swift-tools-version: 6.2
import PackageDescription

// What has threads, built once more for the Thread Sanitizer: a package of its own, so that the program's build knows
// nothing of it and BoringSSL, NIO and Subprocess are not built a second time. The sources are the program's and its
// tests', by symbolic links. See Scripts/test-tsan.sh.
//
// The sanitizer cannot see the locks of `Synchronization.Mutex`, which are inside Swift's own library and no pthread
// locks, and would call all that they guard a race. So that name means `SeenMutex` here.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
let seen: [SwiftSetting] =
    swiftSettings + [.unsafeFlags(["-module-alias", "Synchronization=SeenMutex"])]

// Batches are decided within their deadlines although each access is watched.
let fast: [SwiftSetting] = [.unsafeFlags(["-O"])]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let collections: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")

func source(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], settings: [SwiftSetting] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies + ["SeenMutex"], exclude: exclude, swiftSettings: seen + settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport", "SeenMutex", logging], swiftSettings: seen)
}

let package = Package(
    name: "holdfast-thread-sanitizer",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
    ],
    targets: [
        .target(name: "SeenMutex", swiftSettings: swiftSettings),
        // Stand-ins for what takes long to build and has no threads of ours.
        .target(name: "Crypto", swiftSettings: swiftSettings + fast),
        .target(name: "EmbeddedPostgres", dependencies: [logging], swiftSettings: swiftSettings),

        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq"),
        .target(name: "CEmbeddedFiles"),
        source("Inventory", [], settings: fast),
        source("LibPQ", ["CLibPQ", logging]),
        source("Migrations", ["CEmbeddedFiles"]),
        source("InventoryService", ["Inventory", "Crypto", logging, lifecycle, collections]),
        source("InventoryPostgres", ["InventoryService", "Inventory", "LibPQ", "Migrations", "Crypto", logging]),
        source(
            "TestSupport",
            ["Inventory", "InventoryService", "InventoryPostgres", "EmbeddedPostgres", "LibPQ", "Crypto", logging],
            exclude: ["Contract"]),
        tests("LibPQTests", ["LibPQ"]),
        tests("InventoryServiceTests", ["InventoryService", "Inventory", lifecycle]),
        tests("StoreTests", ["InventoryPostgres", "InventoryService", "Inventory", "LibPQ", "Crypto"]),
    ]
)
