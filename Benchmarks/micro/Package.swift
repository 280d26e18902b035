// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that it builds in seconds and is no part of the program's build. The sources are the
// program's, by symbolic links.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "holdfast-benchmarks",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "Inventory", swiftSettings: swiftSettings),
        .target(name: "StrictJSON", swiftSettings: swiftSettings),
        .target(name: "Wire", dependencies: ["Inventory", "StrictJSON"], swiftSettings: swiftSettings),
        .target(name: "HotPaths", dependencies: ["Inventory", "StrictJSON", "Wire"], swiftSettings: swiftSettings),
        .executableTarget(name: "profile", dependencies: ["HotPaths", "Inventory"], swiftSettings: swiftSettings),
    ]
)
