import EmbeddedPostgres
import Testing

@Suite struct EmbeddedSettingsTests {
    @Test func `what has to be on disk before a commit is done is compressed, where PostgreSQL can`() async throws {
        try await withFolder { folder in
            try await withDurablePostgres(in: folder) { postgres async throws in
                let asItCan = """
                    select (setting = case when 'lz4' = any (enumvals) then 'lz4' else 'off' end)::text
                    from pg_settings where name = 'wal_compression'
                    """
                #expect(try await rows(postgres.url, asItCan) == ["true"])
            }
        }
    }
}
