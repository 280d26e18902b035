import LibPQ

extension Statement {
    /// Who works on an import says so more often than this; longer silence means that it is gone.
    private static let lease = "clock_timestamp() + interval '6 seconds'"

    static let importReceive = Statement(
        "import_receive", .init(of: ImportOrderColumn.allCases),
        sql: """
            insert into import (\(ImportOrderColumn.allCases.nameList), is_spooled, state)
            values (\(ImportOrderColumn.allCases.parameterList(from: 1)), true, 'receiving')
            on conflict do nothing
            """)

    static let importChunkAppend = Statement(
        "import_chunk_append", [.text, .int4, .bytea],
        sql: """
            insert into import_chunk (import_id, seq, bytes)
            select i.id, $2, $3 from import i where i.id = $1 and i.state = 'receiving'
            on conflict do nothing
            """)

    static let importTouch = Statement(
        "import_touch", [.text, .int8],
        sql: """
            update import set bytes_received = $2, touched_at = clock_timestamp() where id = $1 and state = 'receiving'
            """)

    static let importKeyLock = Statement(
        "import_key_lock", [.text], sql: "select \(AdvisoryLock.importKey.exclude("$1"))")

    static let importByKey = Statement(
        "import_by_key", [.text], sql: "select \(ImportColumn.selectList) from import i where i.request_key = $1")

    static let importReceived = Statement(
        "import_received", [.text, .bytea, .text, .bytea],
        sql: """
            update import i
            set state = case when i.state = 'receiving' then 'waiting' else i.state end, digest = $2, request_key = $3,
                request_fingerprint = $4, touched_at = clock_timestamp()
            where i.id = $1
            returning \(ImportColumn.selectList)
            """)

    static let importDiscard = Statement(
        "import_discard", [.text],
        sql: "delete from import where id = $1 and state = 'receiving' returning id")

    /// From the last piece to the first, which tells the sweep whether any is left.
    static let importBodyDelete = Statement(
        "import_body_delete", [.text, .int8],
        sql: """
            delete from import_chunk c
            using (
                select seq from import_chunk where import_id = $1 order by seq desc limit $2
            ) last
            where c.import_id = $1 and c.seq = last.seq
            returning c.seq
            """)

    /// Bodies that nobody needs any more.
    static let importBodiesLeft = Statement(
        "import_bodies_left", [.int8],
        sql: """
            select c.import_id from import_chunk c
            left join lateral (select i.state from import i where i.id = c.import_id) i on true
            where c.seq = 0 and (i.state is null or i.state in ('done', 'failed', 'cancelled'))
            limit $1
            """)

    static let importChunkRead = Statement(
        "import_chunk_read", [.text, .int4], sql: "select bytes from import_chunk where import_id = $1 and seq = $2")

    /// The oldest that was received and that nobody works on; two processes take two. One that was given back has
    /// until when it is to wait where others have their lease.
    static let importClaimNext = Statement(
        "import_claim_next", [.text],
        sql: """
            update import i
            set state = 'running', worker = $1, lease_until = \(lease),
                started_at = coalesce(i.started_at, clock_timestamp())
            where i.id = (
                select open.id from import open
                where open.state in ('receiving', 'waiting', 'running') and open.is_spooled
                  and (open.state = 'waiting' and open.lease_until is null
                    or open.state in ('waiting', 'running') and open.lease_until < clock_timestamp())
                order by open.created_at limit 1 for update skip locked)
            returning \(ImportColumn.selectList)
            """)

    /// A file of this machine's, at its first sight.
    static let importKeep = Statement(
        "import_keep", [.int8, .bytea] + .init(of: ImportOrderColumn.allCases),
        sql: """
            insert into import (bytes_received, digest, \(ImportOrderColumn.allCases.nameList), is_spooled, state)
            values ($1, $2, \(ImportOrderColumn.allCases.parameterList(from: 3)), false, 'waiting')
            on conflict do nothing
            """)

    static let importReportClear = Statement(
        "import_report_clear", [.text],
        sql: """
            delete from import_report r using import i
            where i.id = $1 and i.state in ('done', 'failed', 'cancelled') and r.import_id = i.id
            """)

    /// No row while somebody else works on it.
    static let importClaim = Statement(
        "import_claim", [.text, .text],
        sql: """
            update import i
            set state = 'running', worker = $2, lease_until = \(lease),
                started_at = case when ended then clock_timestamp() else coalesce(i.started_at, clock_timestamp()) end,
                records_total = case when not ended then i.records_total end,
                records_done = case when ended then 0 else i.records_done end,
                counts = case when ended then '{}' else i.counts end,
                skip_reasons = case when ended then '{}' else i.skip_reasons end,
                skip_counts = case when ended then '{}' else i.skip_counts end,
                reported = case when ended then 0 else i.reported end,
                is_report_truncated = not ended and i.is_report_truncated,
                problem_code = null, problem_detail = null, problem_line = null, finished_at = null
            from (select id, state in ('done', 'failed', 'cancelled') as ended from import where id = $1 for update) before
            where i.id = before.id and (i.state <> 'running' or i.lease_until < clock_timestamp())
            returning \(ImportColumn.selectList)
            """)

    /// The instant of the first import of the same content in the same way, also where another one's work comes first. A dry
    /// run is none.
    static let importReadingKeep = Statement(
        "import_reading_keep", [.text, .bytea, .bytea],
        sql: """
            insert into import_reading (content, reading, received_at)
            select $2, $3, coalesce(min(same.created_at), clock_timestamp())
            from import own
            join import same on same.digest = own.digest and same.kind = own.kind
                and same.format is not distinct from own.format and same.source is not distinct from own.source
                and same.code_system is not distinct from own.code_system
                and same.mapping is not distinct from own.mapping and not same.is_dry_run
            where own.id = $1
            on conflict do nothing
            """)

    static let importReadingFirst = Statement(
        "import_reading_first", [.bytea, .bytea],
        sql: """
            select min(r.received_at), min(r.received_at) filter (where r.reading = $2)
            from import_reading r where r.content = $1
            """)

    static let importRenew = Statement(
        "import_renew", [.text, .text],
        sql: """
            update import set lease_until = \(lease) where id = $1 and worker = $2 and state = 'running' returning id
            """)

    static let importChecked = Statement(
        "import_checked", [.text, .text, .int8],
        sql: """
            update import set records_total = $3, lease_until = \(lease)
            where id = $1 and worker = $2 and state = 'running' returning id
            """)

    static let importAdvance = Statement(
        "import_advance", [.text, .text, .int8, .int8Array, .textArray, .int8Array, .int4, .bool],
        sql: """
            update import
            set records_done = $3, counts = $4, skip_reasons = $5, skip_counts = $6, reported = $7,
                is_report_truncated = $8, lease_until = \(lease)
            where id = $1 and worker = $2 and state = 'running' returning id
            """)

    static let importReportAppend = Statement(
        "import_report_append", [.text] + .init(of: ImportReportColumn.allCases),
        sql: """
            insert into import_report (import_id, \(ImportReportColumn.allCases.nameList))
            select $1, * from unnest(\(ImportReportColumn.allCases.parameterList(from: 2)))
            on conflict (import_id, line) do update
            set \(ImportReportColumn.allCases.filter { $0 != .line }.updateList)
            """)

    static let importFinish = Statement(
        "import_finish", [.text, .text, .text, .text, .int8],
        sql: """
            update import
            set state = case when $3::text is null then 'done' else 'failed' end, problem_code = $3,
                problem_detail = $4, problem_line = $5, finished_at = clock_timestamp(), lease_until = null
            where id = $1 and worker = $2 and state = 'running'
            returning id
            """)

    /// Who works on it finds that it is not its own any more.
    static let importCancel = Statement(
        "import_cancel", [.text],
        sql: """
            update import i
            set state = 'cancelled', finished_at = clock_timestamp(), lease_until = null, worker = null
            where i.id = $1 and i.state in ('receiving', 'waiting', 'running')
            returning \(ImportColumn.selectList)
            """)

    static let importRelease = Statement(
        "import_release", [.text, .text, .int8],
        sql: """
            update import set state = 'waiting', lease_until = clock_timestamp() + $3 * interval '1 second'
            where id = $1 and worker = $2 and state = 'running' returning id
            """)

    static let importsDeleteStale = Statement(
        "imports_delete_stale", [.int8],
        sql: """
            delete from import
            where state = 'receiving' and touched_at < clock_timestamp() - $1 * interval '1 second'
            returning id
            """)
}
