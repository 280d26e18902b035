import Foundation

/// Which time zone names the system knows.
package enum TimeZoneNames {
    private static let known = Set(TimeZone.knownTimeZoneIdentifiers).union(["UTC", "GMT", "Etc/UTC"])

    package static func isKnown(_ name: String) -> Bool { known.contains(name) }
}
