import EmbeddedPostgres
import Foundation
import StrictJSON
import TestSupport
import Testing

/// The command that exports, as a whole program on a durable database, killed in the middle.
@Suite struct ExportCrashTests {
    private static let items = 100
    private static let locations = 10
    private static let days = 24
    /// Of each balance on each day.
    private static let linesPerDay = 3

    /// A ledger of one January: the first line of each balance brings 1,000 units, all others sell one.
    private static let ledger = """
        create table movement_2020_01 (like movement including defaults including constraints);
        alter table movement attach partition movement_2020_01
            for values from ('2020-01-01 00:00:00+00') to ('2020-02-01 00:00:00+00');
        insert into item (sku, name, unit, status)
            select 'S' || n, 'Item', 'each', 'active' from generate_series(1, \(items)) n;
        insert into location (id, name, kind, status, mode, can_pickup, can_ship, time_zone)
            select 'L' || n, 'Store', 'store', 'active', 'live', true, true, 'UTC' from generate_series(1, \(locations)) n;
        insert into movement (
            item_id, location_id, recorded_at, occurred_at, version, sequence, units, on_hand_after, reserved_after, source_id,
            kind, bucket, counter_account, event_id, chain)
        select i.item_id, l.location_id, at.at, at.at, v, (i.item_id * 1000 + l.location_id) * 65536 + v,
               case v when 1 then 1000 else -1 end, 1001 - v, 0, 0, case v when 1 then 2 else 3 end, 1,
               case v when 1 then 11 else 12 end, 'e' || v, decode(repeat('00', 32), 'hex')
        from item i, location l, generate_series(1, \(days * linesPerDay)) v
        cross join lateral (
            select '2020-01-01 00:00:00+00'::timestamptz + make_interval(days => (v - 1) / \(linesPerDay))
                + make_interval(hours => (v - 1) % \(linesPerDay) * 8, secs => i.item_id) as at
        ) at;
        insert into balance (item_id, location_id, on_hand, version, recorded_at, first_recorded_at)
        select item_id, location_id, min(on_hand_after), max(version), max(recorded_at), min(recorded_at)
        from movement group by 1, 2;
        analyze movement; analyze balance;
        """

    /// Each file takes so long at least.
    private static let slow = """
        create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.2); return new; end $$;
        create trigger slow before insert on export_day for each row execute function slow();
        """

    private struct File {
        let path: String
        let kind: String
        let day: String
        let lines: Int64
    }

    private static func manifest(_ folder: String) -> [File] {
        guard let data = FileManager.default.contents(atPath: "\(folder)/manifest.json"),
            let files = try? JSONDocument(parsing: Array(data)).root["files"]?.elements
        else { return [] }
        return files.compactMap { file in
            guard let path = file["path"]?.string, let kind = file["kind"]?.string, let day = file["day"]?.string,
                let lines = file["lines"]?.integer, file["complete"]?.boolean == true
            else { return nil }
            return File(path: path, kind: kind, day: day, lines: lines)
        }
    }

    /// Which file on disk it is, and when it was written.
    private static func identity(_ path: String) throws -> String {
        let found = try FileManager.default.attributesOfItem(atPath: path)
        return "\(found[.systemFileNumber] ?? "") \(found[.modificationDate] ?? "")"
    }

    private static func shell(_ command: String) async throws -> (status: Int32, output: String) {
        try await runCommand(["/bin/sh", "-c", command])
    }

    @Test func `an export that is killed goes on, and leaves what is whole as it is`() async throws {
        try await withFolder { folder in
            try await withDurablePostgres(in: folder) { postgres in
                let settings = ["DATABASE_URL": postgres.url, "LOG_LEVEL": "error"]
                #expect(try await Program(["migrate"], settings).exitStatus() == 0)
                try await script(Self.ledger, postgres.url)
                let lake = "\(folder)/lake"
                func export(_ more: String...) throws -> Program {
                    try Program(["export", "--out", lake, "--to", "2020-01-\(Self.days)"] + more, settings)
                }
                // Slow enough to be killed on the way, however slow this test is.
                try await script(Self.slow, postgres.url)
                // Killed twice, each time with more in the folder.
                var before: [String: String] = [:]
                for _ in 0..<2 {
                    let program = try export()
                    let wanted = before.count + 8
                    try await program.wait("some days") { Self.manifest(lake).count >= wanted }
                    program.signal(SIGKILL)
                    #expect(try await program.exitStatus() == SIGKILL)
                    let files = Self.manifest(lake)
                    #expect(files.count < Self.days * 2, "killed on the way")
                    for (path, known) in before { #expect(try Self.identity("\(lake)/\(path)") == known, "\(path)") }
                    for file in files { before[file.path] = try Self.identity("\(lake)/\(file.path)") }
                }
                try await script("drop trigger slow on export_day", postgres.url)
                // The rest of a day that was not whole.
                try "rest".write(toFile: "\(lake)/ledger/2020-01-24.ndjson.gz.part", atomically: true, encoding: .utf8)
                let last = try export()
                #expect(try await last.exitStatus() == 0, "\(last.text)")
                for (path, known) in before { #expect(try Self.identity("\(lake)/\(path)") == known, "\(path)") }
                try await Self.check(lake, postgres.url)

                let again = try export()
                #expect(try await again.exitStatus() == 0)
                #expect(again.text.contains("wrote 0 files"), "\(again.text)")
                try await Self.refusals(lake, settings, export: { try export() })
            }
        }
    }

    private static func check(_ lake: String, _ url: String) async throws {
        let files = manifest(lake)
        #expect(files.count == days * 2 && Set(files.map(\.path)).count == days * 2)
        let balances = Int64(items * locations)
        for file in files { #expect(file.lines == (file.kind == "ledger" ? balances * Int64(linesPerDay) : balances)) }
        let sums = try await shell(
            """
            exec 2>&1
            cd \(lake) && test -z "$(find . -name '*.part')" && gzip -t */*.gz && python3 -c '
            import json
            for file in json.load(open("manifest.json"))["files"]: print(file["sha256"], "", file["path"])
            ' | sha256sum --check --quiet && echo right
            """)
        #expect(sums.output == "right\n", "\(sums)")
        // What the files say of the last day, and all their lines together.
        var folded: [String: Int64] = [:]
        let ledger = try await shell("gzip -dc \(lake)/ledger/*.gz").output
        var lines = 0
        for text in ledger.split(separator: "\n") {
            let line = try JSONDocument(parsing: Array(text.utf8)).root
            folded["\(line["sku"]?.string ?? "") \(line["location"]?.string ?? "")", default: 0] +=
                line["units"]?.integer ?? 0
            lines += 1
        }
        #expect(lines == items * locations * days * linesPerDay)
        var shown: [String: Int64] = [:]
        for text in try await shell("gzip -dc \(lake)/balances/2020-01-\(days).ndjson.gz").output.split(separator: "\n")
        {
            let balance = try JSONDocument(parsing: Array(text.utf8)).root
            shown["\(balance["sku"]?.string ?? "") \(balance["location"]?.string ?? "")"] = balance["onHand"]?.integer
        }
        #expect(shown == folded)
        let stored = try await rows(
            url,
            """
            select i.sku || ' ' || l.id || ' ' || b.on_hand
            from balance b join item i using (item_id) join location l using (location_id)
            """)
        #expect(Set(stored) == Set(folded.map { "\($0.key) \($0.value)" }))
    }

    private static func refusals(
        _ lake: String, _ settings: [String: String], export: () throws -> Program
    ) async throws {
        let wrong = try Program(["export", "--out", lake, "--from", "January"], settings)
        #expect(try await wrong.exitStatus() != 0 && wrong.text.contains("--from is a day"))
        // Somebody has cut a file short.
        let cut = "\(lake)/\(manifest(lake)[0].path)"
        let handle = try #require(FileHandle(forWritingAtPath: cut))
        try handle.truncate(atOffset: 10)
        try handle.close()
        let short = try export()
        #expect(try await short.exitStatus() != 0 && short.text.contains("the manifest says"), "\(short.text)")
        // Another one is at it.
        let descriptor = open("\(lake)/.lock", O_RDWR)
        #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        let second = try export()
        #expect(try await second.exitStatus() != 0 && second.text.contains("another holdfast"), "\(second.text)")
        close(descriptor)
    }
}
