package import Inventory
package import InventoryService
import LibPQ

/// Webhooks as people see them.
extension PostgresCatalogStore: WebhookStore {
    package func putWebhook(
        _ webhook: Webhook, start: EventCursor, secret: WebhookSecret, _ precondition: Precondition,
        by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<WebhookView>> {
        try await changeWebhook(webhook.id, by: actor) { session, known throws(PQError) in
            guard precondition.allows(known?.version) else {
                return .failure(.preconditionFailed(current: known?.version))
            }
            if let known {
                guard known.value.webhook != webhook else { return .success(known.unchanged) }
                _ = try session.query(.webhookUpdate) { $0.webhook(webhook) }
                _ = try session.query(.webhookInterrupt) { $0.text(webhook.id.text) }
                return .success(try Self.webhook(webhook.id, on: session))
            }
            guard try session.query(.webhookCount)[0].only.int8 < Int64(Webhook.countMax) else {
                return .failure(
                    .resourceInUse("there are \(Webhook.countMax) webhooks already; delete one that nobody needs"))
            }
            _ = try session.query(.webhookInsert) { $0.webhook(webhook) }
            _ = try session.query(.webhookStateInsert) {
                $0.text(webhook.id.text)
                $0.int8(start.position)
                $0.int8(start.ordinal)
            }
            _ = try session.query(.webhookSecretInsert) {
                $0.text(webhook.id.text)
                $0.bytea(secret.bytes)
                $0.text(nil)
                $0.bytea(nil)
            }
            let made = try Self.webhook(webhook.id, on: session)
            return .success(Stored(value: made.value, wasCreated: true, version: made.version))
        }
    }

    package func webhook(_ id: WebhookID) async throws(StoreError) -> Stored<WebhookView>? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.webhookRead) { $0.text(id.text) }.first.map(Stored<WebhookView>.init)
        }
    }

    package func webhooks(_ page: PageRequest) async throws(StoreError) -> Page<Stored<WebhookView>> {
        try await self.page(
            page, list: .webhookList, count: .webhookCount, after: { $0.text(page.after ?? "") },
            Stored<WebhookView>.init)
    }

    package func deleteWebhook(
        _ id: WebhookID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await change(
            by: actor, of: "webhooks", changes: { _ in [.deleted(Change(.webhook, id.text))] }
        ) { session throws(PQError) in
            guard let known = try session.query(.webhookRead, { $0.text(id.text) }).first.map(Stored<WebhookView>.init)
            else { return .failure(.notFound) }
            guard precondition.allows(known.version) else {
                return .failure(.preconditionFailed(current: known.version))
            }
            var exchange = Exchange()
            for statement in [
                Statement.webhookStateDelete, .webhookDelete, .webhookSecretsDelete, .webhookSetAsideDelete,
                .webhookDeliveriesDelete, .webhookExceptionClose,
            ] {
                exchange.add(statement) { $0.text(id.text) }
            }
            _ = try session.run(exchange)
            return .success(())
        }
    }

    package func rotateWebhookSecret(
        _ id: WebhookID, to secret: WebhookSecret, overlapSeconds: Int64, _ request: RequestKey?, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<WebhookView>> {
        try await changeWebhook(id, by: actor) { session, known throws(PQError) in
            guard let known else { return .failure(.notFound) }
            if let request, let row = try session.query(.webhookSecretOfRequest, { $0.text(request.text.text) }).first {
                var row = RowCursor(row)
                let (fingerprint, made) = (row.bytea(), row.bytea())
                guard fingerprint == request.fingerprint.bytes else { return .failure(.requestKeyReused) }
                // One whose answer was lost is shown; one that was made before is not.
                return .success(made == secret.bytes ? known : known.unchanged)
            }
            let valid = known.value.secrets
            guard overlapSeconds == 0 || valid.count < WebhookSecret.activeMax else {
                let end = valid.compactMap(\.validUntil).max()?.description ?? "later"
                return .failure(
                    .resourceInUse(
                        "two secrets are valid until \(end); rotate again after that, or at once with overlapSeconds 0")
                )
            }
            var exchange = Exchange()
            exchange.add(.webhookSecretsEnd) {
                $0.text(id.text)
                $0.int8(overlapSeconds)
            }
            exchange.add(.webhookSecretsEndedDelete) { $0.text(id.text) }
            exchange.add(.webhookSecretInsert) {
                $0.text(id.text)
                $0.bytea(secret.bytes)
                $0.text(request?.text.text)
                $0.bytea(request?.fingerprint.bytes)
            }
            // A turn under way has read the secrets that were valid: it must not sign another message with them alone.
            exchange.add(.webhookInterrupt) { $0.text(id.text) }
            _ = try session.run(exchange)
            return .success(try Self.webhook(id, on: session))
        }
    }

    package func resumeWebhook(
        _ id: WebhookID, after cursor: EventCursor?, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<WebhookView>> {
        try await changeWebhook(id, by: actor) { session, known throws(PQError) in
            guard let known else { return .failure(.notFound) }
            guard known.value.progress.pause != nil else { return .success(known.unchanged) }
            var exchange = Exchange()
            exchange.add(.webhookResume) {
                $0.text(id.text)
                $0.int8(cursor?.position)
                $0.int8(cursor?.ordinal)
            }
            exchange.add(.webhookExceptionClose) { $0.text(id.text) }
            _ = try session.run(exchange)
            return .success(try Self.webhook(id, on: session))
        }
    }

    package func replayWebhook(
        _ id: WebhookID, _ replay: WebhookReplay, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<WebhookView>> {
        try await changeWebhook(id, by: actor) { session, known throws(PQError) in
            guard let known else { return .failure(.notFound) }
            if let other = known.value.progress.replay {
                return .failure(
                    .resourceInUse("a replay is under way, up to \(other.through); ask again when it is done"))
            }
            _ = try session.query(.webhookReplay) {
                $0.text(id.text)
                $0.int8(replay.next.position)
                $0.int8(replay.next.ordinal)
                $0.int8(replay.through.position)
                $0.int8(replay.through.ordinal)
            }
            return .success(try Self.webhook(id, on: session))
        }
    }

    package func reviveDeadLetters(
        _ id: WebhookID, upTo countMax: Int, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<WebhookView>> {
        try await changeWebhook(id, by: actor) { session, known throws(PQError) in
            guard let known else { return .failure(.notFound) }
            guard known.value.progress.deadLetters > 0 else { return .success(known.unchanged) }
            let room = Int64(countMax) - known.value.progress.setAside
            guard room > 0 else {
                return .failure(
                    .resourceInUse("as many events are set aside as may be; ask again when some of them are delivered"))
            }
            _ = try session.query(.webhookRevive) {
                $0.text(id.text)
                $0.int8(room)
            }
            _ = try session.query(.webhookInterrupt) { $0.text(id.text) }
            return .success(try Self.webhook(id, on: session))
        }
    }

    package func webhookSecrets(_ id: WebhookID) async throws(StoreError) -> [WebhookSecret] {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.webhookSecrets) { $0.text(id.text) }.map { WebhookSecret(stored: $0.only.bytea) }
        }
    }

    package func webhookDeliveries(
        _ id: WebhookID, before: Int64?, limit: Int
    ) async throws(StoreError) -> Page<WebhookDelivery> {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            let found = try session.query(.webhookDeliveries) {
                $0.text(id.text)
                $0.int8(before ?? .max)
                $0.int8(Int64(limit + 1))
            }
            return Page(
                elements: found.prefix(limit).map(WebhookDelivery.init), hasMore: found.count > limit, total: nil)
        }
    }

    package func webhookDeadLetters(
        _ id: WebhookID, after: EventCursor?, limit: Int
    ) async throws(StoreError) -> Page<WebhookDeadLetter> {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            let found = try session.query(.webhookDeadLetters) {
                $0.text(id.text)
                $0.int8(after?.position ?? -1)
                $0.int8(after?.ordinal ?? 0)
                $0.int8(Int64(limit + 1))
            }
            return Page(
                elements: found.prefix(limit).map(WebhookDeadLetter.init), hasMore: found.count > limit, total: nil)
        }
    }

    /// All webhooks take turns, so that there are never more than may be.
    private func changeWebhook(
        _ id: WebhookID, by actor: ActorName?,
        _ body: @escaping @Sendable (Session, Stored<WebhookView>?) throws(PQError) -> MasterResult<Stored<WebhookView>>
    ) async throws(StoreError) -> MasterResult<Stored<WebhookView>> {
        try await change(
            by: actor, of: "webhooks", changes: { .put($0, Change(.webhook, id.text)) }
        ) { session throws(PQError) in
            // Whoever delivers it waits, and what was read here stays so.
            _ = try session.query(.webhookLock) { $0.text(id.text) }
            let known = try session.query(.webhookRead) { $0.text(id.text) }.first.map(Stored<WebhookView>.init)
            return try body(session, known)
        }
    }

    private static func webhook(_ id: WebhookID, on session: Session) throws(PQError) -> Stored<WebhookView> {
        Stored<WebhookView>(try session.query(.webhookRead) { $0.text(id.text) }[0])
    }
}

extension ParameterWriter {
    /// In the order of `WebhookColumn`.
    fileprivate mutating func webhook(_ webhook: Webhook) {
        text(webhook.id.text)
        text(webhook.url.text)
        text(webhook.description)
        texts(webhook.types.map(\.rawValue).sorted()) { $0 }
        text(webhook.sku?.text)
        text(webhook.location?.text)
        text(webhook.group?.text)
        text(webhook.channel?.text)
        int4(Int32(webhook.batchSize))
        bool(webhook.isEnabled)
        text(webhook.reader.client?.text)
        bool(webhook.reader.readsReservations)
    }
}

extension Statement {
    private static let webhookParameters: [PQType] = [
        .text, .text, .text, .textArray, .text, .text, .text, .text, .int4, .bool, .text, .bool,
    ]

    fileprivate static let webhookInsert = Statement(
        "webhook_insert", webhookParameters,
        sql: """
            insert into webhook (
                id, url, description, types, sku, location, group_name, channel, batch_size, enabled, client,
                reads_reservations)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """)

    fileprivate static let webhookUpdate = Statement(
        "webhook_update", webhookParameters,
        sql: """
            update webhook
            set url = $2, description = $3, types = $4, sku = $5, location = $6, group_name = $7, channel = $8,
                batch_size = $9, enabled = $10, client = $11, reads_reservations = $12, version = version + 1
            where id = $1
            """)

    fileprivate static let webhookDelete = Statement(
        "webhook_delete", [.text], sql: "delete from webhook where id = $1")
}
