import Foundation
import LibPQ
import Logging

/// How the clock of a test's database goes.
package enum TestClock: Sendable {
    /// As the machine's does.
    case running
    /// As the machine's does, and ahead by what `TestShop.advanceClock` has added: a test sees an hour pass at once, and
    /// nothing ends because the machine was slow.
    case settable
}

/// A time zone in which it is about noon: no day of it ends while tests run.
package let noonZone: String = {
    let hour = Int(Date().timeIntervalSince1970) / 3_600 % 24
    // The sign is the other way round: `Etc/GMT-2` is two hours ahead.
    return hour == 12 ? "Etc/GMT" : "Etc/GMT\(hour > 12 ? "+" : "")\(hour - 12)"
}()

/// Functions of the names that statements read the time by. A database whose search path names them before PostgreSQL's
/// own tells the time through them; the program's SQL is the same.
enum SettableClock {
    static let searchPath = "test_clock, public, pg_catalog"

    static func create(_ settings: ConnectionSettings) async throws {
        let pool = ConnectionPool(settings, size: 1, jobsMax: 1, logger: Logger(label: "test"))
        try await pool.run(timeout: .seconds(60)) { session throws(PQError) in
            try session.script(
                """
                create schema test_clock;
                create table test_clock.setting (ahead interval not null);
                insert into test_clock.setting values ('0');
                create function test_clock.clock_timestamp() returns timestamptz language sql volatile
                    as 'select pg_catalog.clock_timestamp() + ahead from test_clock.setting';
                create function test_clock.statement_timestamp() returns timestamptz language sql stable
                    as 'select pg_catalog.statement_timestamp() + ahead from test_clock.setting';
                create function test_clock.transaction_timestamp() returns timestamptz language sql stable
                    as 'select pg_catalog.transaction_timestamp() + ahead from test_clock.setting';
                """, name: "test_clock")
        }
        await pool.shutdown()
    }
}

extension TestShop {
    /// Lets so much time pass for the database, for a shop whose clock is settable. Columns' own defaults do not see it.
    package func advanceClock(bySeconds seconds: Int64) async throws {
        try await runSQL("update test_clock.setting set ahead = ahead + interval '\(seconds) seconds'")
    }
}
