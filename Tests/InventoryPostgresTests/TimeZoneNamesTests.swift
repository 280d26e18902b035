import Foundation
import InventoryPostgres
import InventoryWire
import LibPQ
import TestSupport
import Testing

/// Days of a location are reckoned here and in the database: both must know every name that is taken.
@Suite struct TimeZoneNamesTests {
    @Test func `every name of the IANA database, links included, is one here and in the database`() async throws {
        #expect(TimeZoneNames.all.count == 597)
        for name in [
            "Europe/Berlin", "UTC", "Asia/Calcutta", "US/Eastern", "America/Argentina/ComodRivadavia", "Etc/GMT+12",
        ] {
            #expect(TimeZoneNames.isKnown(name), "\(name)")
        }
        for name in ["CTT", "GMT+2", "europe/berlin", "Europe", "", ":", "Factory", "posix/Europe/Berlin"] {
            #expect(!TimeZoneNames.isKnown(name), "\(name)")
        }
        for name in TimeZoneNames.all { #expect(TimeZone(identifier: name) != nil, "\(name)") }
        try await withShop { shop in
            let known = try await shop.pools.report.run(timeout: .seconds(10)) { session throws(PQError) in
                try session.query(Statement("time_zone_names", sql: "select name from pg_timezone_names"))
                    .map { $0.text(0) }
            }
            #expect(TimeZoneNames.all.subtracting(known) == [])
        }
    }
}
